// The bar under the panels: play, scrub, time, speed, loop, layers, colours, fullscreen. Every control has a name.

import { el, icon } from "./dom.js";

const SPEEDS = [[.25, "¼×"], [.5, "½×"], [1, "1×"], [2, "2×"], [4, "4×"]];

export class Controls {
  constructor(stage) {
    this.stage = stage;
    this.play = el("button", { type: "button", class: "fv-button fv-play", "data-testid": "fv-play", onclick: () => stage.toggle() });
    this.scrub = el("input", {
      type: "range", class: "fv-scrub", "data-testid": "fv-scrub", min: 0, max: 1, step: .001, "aria-label": "Time t, from source to data",
      oninput: () => stage.scrub(+this.scrub.value),
    });
    this.steps = el("span", { class: "fv-steps", "data-testid": "fv-steps" });
    this.time = el("output", { class: "fv-t", "data-testid": "fv-t" });
    this.speed = el("select", { class: "fv-select", "data-testid": "fv-speed", "aria-label": "Speed", title: "Speed", onchange: () => stage.choose("speed", +this.speed.value) },
      ...SPEEDS.map(([value, name]) => el("option", { value }, name)));
    this.loop = el("button", {
      type: "button", class: "fv-button", "data-testid": "fv-loop", "aria-label": "Loop", title: "Loop", onclick: () => stage.choose("loop", !stage.clock.loop),
    }, icon("loop"));
    this.full = el("button", { type: "button", class: "fv-button", "data-testid": "fv-full", onclick: () => stage.fullscreen() });
    this.turn = el("button", {
      type: "button", class: "fv-button", "data-testid": "fv-turn", "aria-label": "Turn slowly", hidden: true, onclick: () => {
        stage.memory.set("turning", !stage.camera.turning);
        stage.camera.set(!stage.camera.turning);
      },
      title: "Turn slowly. Drag, or W A S D, to look from elsewhere; + and −, or the wheel after a click, to magnify; 0 or a double click to go back.",
    }, icon("turn"));
    this.colour = el("select", { class: "fv-select", "data-testid": "fv-colour", "aria-label": "Colour of the particles", title: "Colour of the particles", onchange: () => stage.choose("colour", this.colour.value) },
      el("option", { value: "origin" }, "Colour: origin"), el("option", { value: "speed" }, "Colour: speed"));
    this.pointing = el("button", {
      type: "button", class: "fv-chip", "data-testid": "fv-pointing", hidden: true, onclick: () => stage.pointer.toggle(),
      title: "The way of the place under the pointer along the field: back to the source and on to the data",
    }, "Pointer");
    this.layers = el("div", { class: "fv-layers", "data-testid": "fv-layers", role: "group", "aria-label": "Layers" });
    this.root = el("div", { class: "fv-bar" },
      el("div", { class: "fv-transport" }, this.play, el("span", { class: "fv-end fv-source" }, "source"), el("span", { class: "fv-way" }, this.steps, this.scrub),
        el("span", { class: "fv-end fv-target" }, "data"), this.time),
      el("div", { class: "fv-choices" }, this.speed, this.loop, this.turn, this.layers, this.pointing, this.colour, this.full));
    this.setFullscreen(false);
  }

  /** Buttons for the layers that the data hold. */
  offer(available) {
    const names = available.map(layer => layer.slug).join();
    if (names === this.offered) return;
    this.offered = names;
    this.chips = Object.fromEntries(available.map(({ slug, label, description }) => [slug, el("button", {
      type: "button", class: "fv-chip", "data-layer": slug, title: description, onclick: () => this.stage.toggleLayer(slug),
    }, label)]));
    this.layers.replaceChildren(...Object.values(this.chips));
  }

  /** A tick at the end of each step of each scene's solver, faint where it tried one and refused it; a row for each scene. */
  showSteps(scenes) {
    const rows = scenes.filter(s => s.steps?.length), text = JSON.stringify(rows.map(s => [s.steps, s.rejected]));
    if (text === this.ticks) return;
    this.ticks = text;
    const tick = (t, kind, row) => el("i", { class: kind, style: `left: ${100 * t}%; top: ${100 * row / rows.length}%; height: ${100 / rows.length}%` });
    this.steps.replaceChildren(...rows.flatMap((s, row) =>
      [...(s.rejected ?? []).map(t => tick(t, "fv-refused", row)), ...s.steps.map(t => tick(t, "fv-step", row))]));
    const said = rows.map(s => `${s.steps.length} step${s.steps.length === 1 ? "" : "s"}${s.rejected?.length ? ` and ${s.rejected.length} refused` : ""}`);
    this.scrub.title = rows.length ? `Steps of the solver: ${said.join("; ")}` : "";
    this.steps.classList.toggle("fv-many", rows.some(s => s.steps.length > 80));
  }

  showChoices({ layers, speed, loop, colour }) {
    for (const [name, chip] of Object.entries(this.chips ?? {})) chip.setAttribute("aria-pressed", String(Boolean(layers[name])));
    this.speed.value = String(speed);
    this.loop.setAttribute("aria-pressed", String(loop));
    this.colour.value = colour;
  }

  showTime(t) {
    const text = `t = ${t.toFixed(2)}`;
    if (document.activeElement !== this.scrub || Math.abs(+this.scrub.value - t) > .0006) this.scrub.value = t;
    if (this.time.textContent === text) return;
    this.time.textContent = text;
    this.scrub.setAttribute("aria-valuetext", text + (t === 0 ? ", source" : t === 1 ? ", data" : ""));
    this.time.classList.toggle("fv-source", t === 0);
    this.time.classList.toggle("fv-target", t === 1);
  }

  showPlaying(playing) {
    if (this.shown === playing) return;
    this.shown = playing;
    this.play.replaceChildren(icon(playing ? "pause" : "play"));
    const name = playing ? "Pause" : "Play";
    this.play.setAttribute("aria-label", name);
    this.play.title = `${name} (Space)`;
  }

  /** Whether the volume turns by itself; null where there is none. */
  showTurning(turning) {
    this.turn.hidden = turning === null;
    this.turn.setAttribute("aria-pressed", String(Boolean(turning)));
  }

  /** Whether the place under the pointer is carried along the field; null where no field is there for it. */
  showPointing(on) {
    this.pointing.hidden = on === null;
    this.pointing.setAttribute("aria-pressed", String(Boolean(on)));
  }

  setFullscreen(on) {
    this.full.replaceChildren(icon(on ? "small" : "full"));
    const name = on ? "Leave full screen" : "Full screen";
    this.full.setAttribute("aria-label", name);
    this.full.title = name;
  }
}
