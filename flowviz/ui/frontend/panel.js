// One panel of the row: its words, its canvas, Plotly's axes over it, and what the pointer means in it.

import { el } from "./dom.js";
import { Picture } from "./draw.js";
import { describe, nearest } from "./highlight.js";
import { listenToOrbit } from "./orbit.js";
import { inWords, listenToPointer } from "./pointer.js";
import { LINES, LINES_ASPECT } from "./lines.js";
import { SHEETS } from "./mapping.js";
import { ASPECT, COLUMNS, nearestTo, rowNames } from "./tiles.js";
import { View } from "./view.js";

const MARGIN = {
  plane: { left: 40, right: 12, top: 8, bottom: 30 },
  volume: { left: 8, right: 8, top: 4, bottom: 12 },  // its numbers stand inside
  image: { left: 4, right: 4, top: 4, bottom: 4 },
  signal: { left: 4, right: 4, top: 4, bottom: 4 },
};
const LATE = "The field is too large for a line that follows the pointer here.";
const pictureInWords = (scene, p) => {
  const name = rowNames(scene)[Math.floor(p / COLUMNS)], away = nearestTo(scene, p);
  return `Picture ${p + 1}${name === undefined ? "" : `, asked for ${name}`}${away === null ? "" : `; the data’s nearest is ${away.toFixed(2)} away`}`;
};
const lineInWords = (scene, p) => {
  const name = rowNames(scene, LINES)[Math.floor(p / LINES)];
  return `Line ${p + 1}${name === undefined ? "" : `, asked for ${name}`}`;
};
const ASPECTS = { image: ASPECT, signal: LINES_ASPECT }, IN_WORDS = { image: pictureInWords, signal: lineInWords };
const evaluations = n => (n ? `${n.toLocaleString("en")} field evaluation${n === 1 ? "" : "s"}` : "");

export class Panel {
  constructor(stage, index) {
    this.stage = stage;
    this.index = index;
    this.canvas = el("canvas", { class: "fv-canvas", role: "img" });
    this.plot = el("div", { class: "fv-plot" });
    this.readout = el("div", { class: "fv-readout", "data-testid": "fv-readout", "aria-live": "polite" });
    this.wait = el("div", { class: "fv-wait" }, el("span", { class: "fv-pulse" }), "Waiting for the first picture");
    this.sheet = el("div", { class: "fv-sheet" }, this.canvas, this.plot, this.readout, this.wait);
    this.head = el("figcaption", { class: "fv-head" });
    this.note = el("p", { class: "fv-note" });
    this.root = el("figure", { class: "fv-panel", "data-testid": "fv-panel" }, this.head, this.sheet, this.note);
    this.picture = new Picture(this.canvas);
    this.view = null;
    // Below each other on a phone, most panels are out of sight.
    this.seen = true;
    this.sight = new IntersectionObserver(entries => {
      this.seen = entries.at(-1).isIntersecting;
      if (this.seen) stage.invalidate();
    });
    this.sight.observe(this.sheet);
    this.listen();
  }

  /** What one sample is; a panel that waits is like its neighbours. */
  get space() {
    return this.data.scenes[0]?.space ?? this.stage.space;
  }

  set(panel) {
    this.data = panel;
    this.view?.number(!this.units);
    this.picture.setScenes(panel.scenes);
    this.words();
    this.wait.hidden = panel.scenes.length > 0;
    this.root.toggleAttribute("data-waiting", panel.scenes.length === 0);
  }

  words() {
    const { title, scenes } = this.data, lines = [];
    if (title) lines.push(el("div", { class: "fv-title" }, title));
    scenes.forEach((scene, i) => {
      // Two in one panel: the markers themselves are the legend.
      const mark = scenes.length > 1 ? el("span", { class: i ? "fv-mark fv-hollow" : "fv-mark", "aria-hidden": "true" }) : null;
      const name = el("span", { class: title ? "fv-name" : "fv-name fv-title" }, scene.title || "");
      lines.push(el("div", { class: "fv-line" }, mark, name, el("span", { class: "fv-nfe" }, evaluations(scene.nfe))));
    });
    this.head.replaceChildren(...lines);
    const late = this.data.kit && this.stage.pointer.tooSlow(this.data.kit);
    this.note.textContent = [...scenes.map(s => s.note), late && LATE].filter(Boolean).join(" ");
    this.canvas.setAttribute("aria-label", [title, ...scenes.map(s => s.title)].filter(Boolean).join(", ") || "Moving picture");
  }

  /** The units of own data, column by column; null where there are none. */
  get units() {
    return this.data?.scenes[0]?.frame ?? null;
  }

  /** Fits the plot area into width × height with equal axes, and says what room it took. */
  place(width, height, aspect, dpr, font) {
    const margin = MARGIN[this.space], left0 = Math.round(margin.left * font / 12), bottom = Math.round(margin.bottom * font / 12);
    if (this.space !== "plane") this.hideAxes();
    aspect = ASPECTS[this.space] ?? aspect;
    this.root.dataset.space = this.space;
    const roomX = width - left0 - margin.right, roomY = height - margin.top - bottom;
    const h = Math.max(40, Math.round(Math.min(roomY, roomX / aspect))), w = Math.round(h * aspect);
    const left = left0 + Math.max(0, Math.floor((roomX - w) / 2));
    this.box = { left, top: margin.top, width: w, height: h };
    this.size = { width, height: h + margin.top + bottom };
    this.sheet.style.height = `${this.size.height}px`;
    this.root.style.setProperty("--fv-left", `${left}px`);
    this.root.style.setProperty("--fv-width", `${w}px`);
    this.sharpen(dpr);
    // Plotly's figure is only as wide as the picture, so that its buttons stand in the picture's corner.
    this.plot.style.left = `${left - left0}px`;
    const inner = { font, box: { ...this.box, left: left0 }, size: { width: left0 + w + margin.right, height: this.size.height } };
    // New data of the same size leave the axes alone: Plotly takes longer to place them than the panel to draw all else.
    if (JSON.stringify(inner) === JSON.stringify(this.inner)) return;
    this.inner = inner;
    this.view?.resize(inner);
  }

  /** As many pixels of the canvas for each of CSS; all else stays where it is. */
  sharpen(dpr) {
    this.picture.resize(this.size.width, this.size.height, dpr);
    this.picture.forget();
  }

  draw(frame) {
    const way = this.seen ? this.stage.pointer.wayIn(this, frame.t) : null;
    this.frame = { ...frame, way, space: this.space, box: this.box, font: this.inner.font, units: this.units, axes: this.units || !this.view?.ready };
    if (this.seen) this.picture.draw(this.frame);
    this.say(this.frame);
  }

  say({ highlight, t, way }) {
    const lines = highlight === null ? [] : this.data.scenes.filter(s => highlight < s.n).map((s, i) => {
      if (IN_WORDS[this.space]) return IN_WORDS[this.space](s, highlight);
      const { x0, xt, x1 } = describe(s, highlight, t), several = this.data.scenes.length > 1;
      return `${several ? (i ? "○ " : "● ") : ""}x₀ = ${x0}   xₜ = ${xt}   x₁ = ${x1}`;
    });
    if (way && !lines.length) lines.push(inWords(way, this.units));
    const text = lines.join("\n");
    if (text !== this.readout.textContent) this.readout.textContent = text;
  }

  async showAxes(plotly, home, range, theme) {
    if (this.view || this.space !== "plane") return;
    this.view = new View(plotly, this.plot, r => this.stage.zoom.changed(this, r));
    await this.view.show(this.inner, home, range, theme, !this.units);
    if (this.view?.place !== this.inner) await this.view?.resize(this.inner);
  }

  hideAxes() {
    this.view?.destroy();
    this.view = null;
  }

  listen() {
    const within = event => {
      const r = this.sheet.getBoundingClientRect(), x = event.clientX - r.left, y = event.clientY - r.top, b = this.box;
      return b && x >= b.left && x <= b.left + b.width && y >= b.top && y <= b.top + b.height ? [x, y] : null;
    };
    const pick = (event, reach) => {
      const at = within(event);
      if (!at || !this.frame) return null;
      return nearest(this.picture.pixels, ...at, SHEETS[this.space]?.(this.box).reach ?? reach);
    };
    listenToPointer(this);
    listenToOrbit(this.sheet, this.stage.camera, () => this.space === "volume");
    let down = null;
    this.sheet.addEventListener("pointermove", event => {
      // Where the pointer itself is carried, only a click asks for the nearest particle.
      if (event.pointerType !== "touch" && !event.buttons) this.stage.hover(this.stage.pointer.active(this) ? null : pick(event, 12));
    });
    this.sheet.addEventListener("pointerleave", () => this.stage.hover(null));
    this.sheet.addEventListener("pointerdown", event => {
      down = [event.clientX, event.clientY];
      this.stage.zoom.leader = this.index;
    }, true);
    // Plotly covers the page while a button is down, so the release is heard at the window.
    this.release = event => {
      if (down && Math.hypot(event.clientX - down[0], event.clientY - down[1]) < 5 && within(event)) {
        const carried = event.pointerType === "touch" && this.stage.pointer.active(this);
        if (!carried && !event.target.closest?.(".modebar")) this.stage.pin(pick(event, event.pointerType === "touch" ? 28 : 12));
      }
      down = null;
    };
    window.addEventListener("pointerup", this.release, true);
  }

  destroy() {
    window.removeEventListener("pointerup", this.release, true);
    this.sight.disconnect();
    this.hideAxes();
  }
}
