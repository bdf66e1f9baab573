// The bar under the panels: play, scrub, time, speed, loop, layers, colours, fullscreen. Every control has a name.

import { el, icon } from "./dom.js";

const SPEEDS = [[.25, "¼×"], [.5, "½×"], [1, "1×"], [2, "2×"], [4, "4×"]];
export const LAYERS = {
  particles: ["Particles", "Where each particle is now"],
  trails: ["Trails", "The last quarter of each way"],
  field: ["Velocity", "The field that moves the particles"],
  density: ["Density", "How the probability is spread"],
  target: ["Target", "Where the data lie"],
  source: ["Source", "Where the noise lies"],
};

export class Controls {
  constructor(stage) {
    this.stage = stage;
    this.play = el("button", { type: "button", class: "fv-button fv-play", "data-testid": "fv-play", onclick: () => stage.toggle() });
    this.scrub = el("input", {
      type: "range", class: "fv-scrub", "data-testid": "fv-scrub", min: 0, max: 1, step: .001, "aria-label": "Time t, from source to data",
      oninput: () => stage.scrub(+this.scrub.value),
    });
    this.time = el("output", { class: "fv-t", "data-testid": "fv-t" });
    this.speed = el("select", { class: "fv-select", "data-testid": "fv-speed", "aria-label": "Speed", title: "Speed", onchange: () => stage.choose("speed", +this.speed.value) },
      ...SPEEDS.map(([value, name]) => el("option", { value }, name)));
    this.loop = el("button", {
      type: "button", class: "fv-button", "data-testid": "fv-loop", "aria-label": "Loop", title: "Loop", onclick: () => stage.choose("loop", !stage.clock.loop),
    }, icon("loop"));
    this.full = el("button", { type: "button", class: "fv-button", "data-testid": "fv-full", onclick: () => stage.fullscreen() });
    this.colour = el("select", { class: "fv-select", "data-testid": "fv-colour", "aria-label": "Colour of the particles", title: "Colour of the particles", onchange: () => stage.choose("colour", this.colour.value) },
      el("option", { value: "origin" }, "Colour: origin"), el("option", { value: "speed" }, "Colour: speed"));
    this.layers = el("div", { class: "fv-layers", "data-testid": "fv-layers", role: "group", "aria-label": "Layers" });
    this.root = el("div", { class: "fv-bar" },
      el("div", { class: "fv-transport" }, this.play, el("span", { class: "fv-end fv-source" }, "source"), this.scrub,
        el("span", { class: "fv-end fv-target" }, "data"), this.time),
      el("div", { class: "fv-choices" }, this.speed, this.loop, this.layers, this.colour, this.full));
    this.setFullscreen(false);
  }

  /** Buttons for the layers that the data hold. */
  offer(available) {
    this.chips = Object.fromEntries(available.map(name => [name, el("button", {
      type: "button", class: "fv-chip", "data-layer": name, title: LAYERS[name][1], onclick: () => this.stage.toggleLayer(name),
    }, LAYERS[name][0])]));
    this.layers.replaceChildren(...Object.values(this.chips));
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

  setFullscreen(on) {
    this.full.replaceChildren(icon(on ? "small" : "full"));
    const name = on ? "Leave full screen" : "Full screen";
    this.full.setAttribute("aria-label", name);
    this.full.title = name;
  }
}
