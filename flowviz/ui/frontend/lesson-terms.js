// The terms of the continuity equation as three maps, at the time at which a player on the same page stands.

import { readTheme, rgb } from "./colours.js";
import { decodeArrays, peek } from "./decode.js";
import { el, tidy } from "./dom.js";
import { pixelRatio, watchPixelRatio } from "./pixels.js";
import { loadStyle } from "./plotly.js";

const views = new WeakMap();  // by the element Streamlit gave us
const HALF = 32767;
const MAPS = [
  ["change", "∂p/∂t", "how fast the density grows"],
  ["outflow", "div(p u)", "flow out of a place minus flow into it"],
  ["sum", "∂p/∂t + div(p u)", "the sum of both"],
];
// Purple and green, from Brewer's PRGn, readable with colour-blindness; away from the background on black and white.
const LESS = { light: "#762a83", dark: "#c98fe0" }, MORE = { light: "#1b7837", dark: "#5fd080" };

export async function mount({ data, parentElement }) {
  await Promise.all([loadStyle("player.css"), loadStyle("lesson-terms.css")]);
  let view = views.get(parentElement);
  if (!view) {
    view = new Terms();
    views.set(parentElement, view);
    parentElement.append(view.root);
    parentElement.querySelector(".fv-boot")?.remove();
  }
  if (view.id !== peek(data).id) view.load(decodeArrays(data));
  else view.retheme();
  return () => setTimeout(() => { if (!view.root.isConnected) view.destroy(); });
}

class Terms {
  constructor() {
    this.at = 0;
    this.cursor = null;
    this.maps = MAPS.map(([name, title, words]) => this.map(name, title, words));
    this.time = el("p", { class: "fv-terms-time", "data-testid": "fv-terms-t" });
    this.ramp = el("span", { class: "fv-terms-ramp" });
    this.numbers = el("span", { class: "fv-terms-numbers" }, el("span"), el("span", {}, "0"), el("span"));
    this.scale = el("div", { class: "fv-terms-scale" }, el("span", {}, "probability per unit area per unit t"), this.ramp, this.numbers);
    this.root = el("div", { class: "fv-player fv-terms", "data-testid": "fv-terms", role: "group", "aria-label": "Terms of the continuity equation" },
      this.time, ...this.maps.map(m => m.root), this.scale);
    this.image = document.createElement("canvas");
    this.sizes = new ResizeObserver(() => this.layout());
    this.sizes.observe(this.root);
    this.forgetPixels = watchPixelRatio(() => this.layout());
    this.watch = new MutationObserver(() => this.follow());
    this.finder = setInterval(() => this.find(), 200);
  }

  map(name, title, words) {
    const canvas = el("canvas", { role: "img", "aria-label": `${title}, ${words}` });
    const value = el("p", { class: "fv-terms-value", "data-testid": `fv-terms-${name}` });
    const text = el("div", { class: "fv-terms-text" }, el("b", {}, title), el("span", {}, words), value);
    canvas.addEventListener("pointermove", event => this.point(canvas, event));
    canvas.addEventListener("pointerdown", event => this.point(canvas, event));
    canvas.addEventListener("pointerleave", () => { this.cursor = null; this.draw(); });
    return { name, canvas, value, root: el("figure", { class: "fv-terms-map" }, canvas, text) };
  }

  load({ id, options, arrays, shapes }) {
    Object.assign(this, { id, options, arrays, side: shapes.change[2], at: -1 });
    this.readTheme();
    this.find();
    this.layout();
    this.follow();
  }

  /** The player may come later than we do, or be renewed. */
  find() {
    if (this.stage?.isConnected || !this.options) return;
    this.stage = document.querySelector(`[data-player="${this.options.player}"]`);
    this.watch.disconnect();
    if (!this.stage) return;
    this.watch.observe(this.stage, { attributes: true, attributeFilter: ["data-t"] });
    this.sizes.observe(this.stage);
    this.follow();
  }

  /** The stored time nearest to the player's. */
  follow() {
    if (!this.arrays) return;
    const t = Number(this.stage?.dataset.t ?? .5), times = this.arrays.t, last = times.length - 1;
    const place = last ? (t - times[0]) / (times[last] - times[0]) * last : 0, at = Math.round(Math.min(last, Math.max(0, place)));
    const outside = place < -.5 || place > last + .5;
    if (at === this.at && outside === this.outside) return;
    Object.assign(this, { at, outside });
    this.draw();
  }

  // ---- numbers

  value(name, i) {
    const code = this.arrays[name][this.at * this.side ** 2 + i];
    return (code / HALF - 1) * this.options.sizes[name];
  }

  point(canvas, event) {
    const r = canvas.getBoundingClientRect(), cell = v => Math.min(this.side - 1, Math.max(0, Math.floor(v * this.side)));
    this.cursor = [cell((event.clientX - r.left) / r.width), cell(1 - (event.clientY - r.top) / r.height)];
    this.draw();
  }

  // ---- drawing

  layout() {
    const width = this.root.clientWidth;
    if (!width || !this.options) return;
    const big = document.documentElement.hasAttribute("data-fv-present") && innerWidth > 800;
    this.root.toggleAttribute("data-big", big);
    const beside = this.stage && Math.abs(this.stage.getBoundingClientRect().left - this.root.getBoundingClientRect().left) > 40;
    const height = beside ? (this.stage.offsetHeight - this.time.offsetHeight - this.scale.offsetHeight - 40) / 3 : 1e9;
    const side = Math.floor(Math.max(96, Math.min(height, (beside ? .62 : .46) * width)));
    const inPixels = Math.round(side * pixelRatio());
    if (inPixels !== this.maps[0].canvas.width || side !== this.size) {
      this.size = side;
      for (const { canvas } of this.maps) {
        Object.assign(canvas, { width: inPixels, height: inPixels });
        Object.assign(canvas.style, { width: `${side}px`, height: `${side}px` });
      }
    }
    this.draw();
  }

  draw() {
    if (!this.theme || !this.size || this.at < 0) return;
    const t = this.arrays.t[this.at], digits = t > .99 && t < 1 ? 3 : 2;
    const edge = this.at ? "the cloud is too narrow for a map later" : "the cloud is too narrow for a map earlier";
    this.time.textContent = `t = ${t.toFixed(digits)}${this.outside ? ` (${edge})` : ""}`;
    this.root.dataset.t = String(t);
    for (const map of this.maps) {
      this.paint(map);
      map.value.textContent = this.says(map.name);
    }
  }

  says(name) {
    const most = this.arrays[`${name}_most`][this.at];
    if (!this.cursor) return `largest ${name === "sum" ? "|sum|" : "size"} now ${small(most)}`;
    return `here ${small(this.value(name, this.cursor[1] * this.side + this.cursor[0]))}`;
  }

  paint({ name, canvas }) {
    const n = this.side, c = canvas.getContext("2d"), { width } = canvas, words = new Uint32Array(n * n);
    let low = 0, high = 0, from = 0, to = 0;
    for (let i = 0; i < n * n; i++) {
      const v = this.value(name, i), row = n - 1 - Math.floor(i / n);
      words[row * n + i % n] = this.colour(v / this.options.scale);
      if (v < low) [low, from] = [v, i];
      if (v > high) [high, to] = [v, i];
    }
    Object.assign(this.image, { width: n, height: n });
    const pixels = this.image.getContext("2d"), data = pixels.createImageData(n, n);
    new Uint32Array(data.data.buffer).set(words);
    pixels.putImageData(data, 0, 0);
    c.clearRect(0, 0, width, width);
    c.imageSmoothingEnabled = true;
    c.imageSmoothingQuality = "high";
    c.drawImage(this.image, 0, 0, width, width);
    const unit = width / this.size;
    // The sign where each is strongest, since colour must not be the only sign; not for what is as good as nothing.
    for (const [v, i, sign] of [[low, from, "−"], [high, to, "+"]]) {
      if (Math.abs(v) > .02 * this.options.scale) this.sign(c, sign, i, width, unit);
    }
    if (Math.max(high, -low) < .001 * this.options.scale) this.nothing(c, width, unit);
    if (this.cursor) this.cross(c, width, unit);
    c.lineWidth = unit;
    c.strokeStyle = this.theme.line;
    c.strokeRect(unit / 2, unit / 2, width - unit, width - unit);
  }

  sign(c, sign, i, width, unit) {
    const n = this.side, inside = v => Math.min(width - 10 * unit, Math.max(10 * unit, v));
    c.font = `700 ${22 * unit}px ${this.theme.font}`;
    c.textAlign = "center";
    c.textBaseline = "middle";
    c.lineWidth = 4 * unit;
    c.strokeStyle = this.theme.background;
    c.fillStyle = this.theme.strong;
    const x = inside((i % n + .5) / n * width), y = inside((n - .5 - Math.floor(i / n)) / n * width);
    c.strokeText(sign, x, y);
    c.fillText(sign, x, y);
  }

  nothing(c, width, unit) {
    c.font = `${(this.root.hasAttribute("data-big") ? 20 : 15) * unit}px ${this.theme.font}`;
    c.textAlign = "center";
    c.textBaseline = "middle";
    c.fillStyle = this.theme.muted;
    c.fillText("0 on this scale", width / 2, width / 2);
  }

  cross(c, width, unit) {
    const x = (this.cursor[0] + .5) / this.side * width, y = (this.side - .5 - this.cursor[1]) / this.side * width;
    c.lineWidth = unit;
    c.strokeStyle = this.theme.text;
    c.beginPath();
    c.moveTo(x, 0);
    c.lineTo(x, width);
    c.moveTo(0, y);
    c.lineTo(width, y);
    c.stroke();
  }

  /** Of a share −1 to 1 of the scale, as a little-endian RGBA word: the square root keeps thin parts visible, as in densities. */
  colour(share) {
    const [r, g, b] = share < 0 ? this.less : this.more;
    return (Math.round(255 * Math.sqrt(Math.min(1, Math.abs(share)))) << 24 | b << 16 | g << 8 | r) >>> 0;
  }

  readTheme() {
    this.theme = readTheme(this.root);
    this.root.toggleAttribute("data-dark", this.theme.dark);
    const mode = this.theme.dark ? "dark" : "light";
    [this.less, this.more] = [rgb(LESS[mode]), rgb(MORE[mode])];
    const stop = v => `rgba(${v < 0 ? this.less : this.more},${Math.sqrt(Math.abs(v))}) ${50 + 50 * v}%`;
    this.ramp.style.background = `linear-gradient(90deg, ${[-1, -.6, -.3, -.1, -.02, 0, .02, .1, .3, .6, 1].map(stop).join()})`;
    const [low, , high] = this.numbers.children, { scale } = this.options;
    // Colours end where most of what there is to see ends, so that a short rush does not pale all the rest.
    const beyond = Math.max(...["change_most", "outflow_most"].map(name => Math.max(...this.arrays[name]))) > scale;
    low.textContent = `−${Number(scale.toPrecision(2))}${beyond ? " and beyond" : ""}`;
    high.textContent = `+${Number(scale.toPrecision(2))}${beyond ? " and beyond" : ""}`;
  }

  retheme() {
    this.readTheme();
    this.layout();
  }

  destroy() {
    clearInterval(this.finder);
    this.watch.disconnect();
    this.sizes.disconnect();
    this.forgetPixels();
    this.root.remove();
  }
}

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** 0.12, or 3 · 10⁻¹⁶ where that is what counts. */
function small(value) {
  if (value === 0 || Math.abs(value) >= 1e-4) return tidy(value);
  const [digits, power] = value.toExponential(0).split("e");
  return `${digits.replace("-", "−")}\u00a0·\u00a010${[...power].map(d => RAISED[d] ?? "").join("")}`;
}
