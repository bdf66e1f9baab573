// A point becomes a bell: the law of x_t for one data point x₁, as density, rings and shadows on the axes.

import { tidy } from "./dom.js";
import { Lesson } from "./lesson-base.js";
import { Chart } from "./lesson-chart.js";
import { Handle } from "./lesson-handle.js";
import { dots, label } from "./lesson-marks.js";

const SIDE = 76, SHADOW = .15, FAR = 32;

export class Picture extends Lesson {
  constructor() {
    super("bell", "The law of x_t for one data point, which can be moved");
    this.x1 = new Handle(this, "x1", "x₁, the data point");
    this.image = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
    new Chart(this, { title: "Weight α of x₁, and width", lines: () => this.lines(), mark: lesson => lesson.t });
    this.clock.seek(.3);
    this.selfPlaying = true;
  }

  take(fresh) {
    if (fresh) this.x1.move(...this.options.x1);
    const { t, s, g } = this.arrays, [vx, vy] = this.options.variance;
    this.widths = Array.from(t, (_, i) => Math.sqrt(s[i] ** 2 * (vx + vy) / 2 + g[i] ** 2));
  }

  lines() {
    const { t, a } = this.arrays, { theme, i } = this;
    return [
      { name: "α", colour: theme.target, x: t, y: a, label: .72, now: [t[i], a[i]] },
      { name: "width", colour: theme.source, x: t, y: this.widths, label: .28, dash: [7, 3], now: [t[i], this.widths[i]] },
    ];
  }

  /** Means and variances of the bell's parts at the time shown: the source, shrunk and moved. */
  parts() {
    const { a, s, g, w, m, v } = this.arrays, { i } = this;
    return Array.from(w, (weight, j) => ({
      w: weight, x: a[i] * this.x1.x + s[i] * m[2 * j], y: a[i] * this.x1.y + s[i] * m[2 * j + 1],
      c: Math.max(s[i] ** 2 * v[j] + g[i] ** 2, (this.span / 900) ** 2),
    }));
  }

  draw(c) {
    const { theme, i } = this, { a, s, g } = this.arrays, parts = this.parts();
    this.density(c, parts);
    const { x0, z, target } = this.arrays, xt = new Float64Array(x0.length);
    for (let k = 0; k < xt.length; k++) xt[k] = a[i] * (k % 2 ? this.x1.y : this.x1.x) + s[i] * x0[k] + g[i] * z[k];
    dots(c, this, target, 1.6, theme.target, .3);
    dots(c, this, xt, this.font / 7, theme.source, .75);
    const [mx, my] = this.options.mean, mu = [a[i] * this.x1.x + s[i] * mx, a[i] * this.x1.y + s[i] * my], width = this.widths[i];
    this.shadows(c, parts, mu);
    this.rings(c, mu, width);
    const noise = this.options.gaussian ? "σₜ" : "root-mean-square width";
    this.words = `μₜ = (${mu.map(tidy).join(", ")}), ${noise} = ${width < 1e-6 ? 0 : tidy(width)}, ${this.highest(width)}.`
      + (this.options.gaussian ? " Rings at 1 and 2 σₜ hold 39 % and 86 % of all xₜ." : "");
    Object.assign(this.root.dataset, { mu: mu.join(), sigma: String(width) });
  }

  /** The density at its highest, in words: by formula for one bell, off the map for a copy of the source. */
  highest(width) {
    if (width < 1e-6) return "all of it at one point";
    if (!this.options.gaussian && width < 2 * this.span / SIDE) return "too narrow for the map";
    return `highest density ${tidy(this.options.gaussian ? 1 / (2 * Math.PI * width ** 2) : this.peak)} per unit area`;
  }

  density(c, parts) {
    const [x0, x1, y0, y1] = this.options.bounds, values = new Float64Array(SIDE * SIDE), step = (x1 - x0) / SIDE;
    for (const { w, x, y, c: variance } of parts) {
      const scale = w / (2 * Math.PI * variance), reach = Math.sqrt(FAR * variance) + step;
      const from = Math.max(0, Math.floor((x - reach - x0) / step)), to = Math.min(SIDE, Math.ceil((x + reach - x0) / step));
      const low = Math.max(0, Math.floor((y1 - y - reach) / step)), high = Math.min(SIDE, Math.ceil((y1 - y + reach) / step));
      for (let row = low; row < high; row++) {
        const dy = y1 - (row + .5) * step - y;
        for (let col = from; col < to; col++) {
          const dx = x0 + (col + .5) * step - x;
          values[row * SIDE + col] += scale * Math.exp(-.5 * (dx * dx + dy * dy) / variance);
        }
      }
    }
    this.peak = Math.max(...values);
    const pen = this.image.getContext("2d"), picture = pen.createImageData(SIDE, SIDE), pixels = new Uint32Array(picture.data.buffer);
    for (let k = 0; k < values.length; k++) pixels[k] = this.theme.scale[Math.round(255 * Math.sqrt(values[k] / this.peak))] ?? 0;
    pen.putImageData(picture, 0, 0);
    c.drawImage(this.image, this.box.left, this.box.top, this.box.width, this.box.height);
  }

  rings(c, [x, y], width) {
    const { theme } = this, scale = this.box.width / this.span;
    for (const k of [1, 2]) {
      c.beginPath();
      c.arc(this.px(x), this.py(y), Math.max(.5, k * width * scale), 0, 7);
      c.lineWidth = this.font / 6;
      c.strokeStyle = theme.strong;
      c.setLineDash(k === 2 ? [6, 4] : []);
      c.stroke();
      c.setLineDash([]);
      if (width * scale > 2 * this.font) label(c, this, this.options.gaussian ? `${k}σ` : `${k} × width`, this.px(x), this.py(y) - k * width * scale - this.font * .8, theme.strong, { align: "center" });
    }
    label(c, this, "μₜ", this.px(x) + this.font * .6, this.py(y) + this.font, theme.strong);
    c.beginPath();
    for (const [dx, dy] of [[1, 0], [0, 1]]) {
      c.moveTo(this.px(x) - dx * this.font / 2, this.py(y) - dy * this.font / 2);
      c.lineTo(this.px(x) + dx * this.font / 2, this.py(y) + dy * this.font / 2);
    }
    c.stroke();
  }

  /** The bell seen from below and from the left, with μ and ± σ marked. */
  shadows(c, parts, mu) {
    const { box, theme } = this, [x0, x1, y0, y1] = this.options.bounds, n = 140, size = SHADOW * box.height;
    [["x", x0, x1], ["y", y0, y1]].forEach(([axis, low, high], k) => {
      const at = Array.from({ length: n + 1 }, (_, j) => low + (high - low) * j / n);
      const values = at.map(p => parts.reduce((sum, q) => sum + q.w * Math.exp(-.5 * (p - q[axis]) ** 2 / q.c) / Math.sqrt(q.c), 0));
      const top = Math.max(...values), put = (p, v) => (k ? c.lineTo(box.left + size * v, this.py(p)) : c.lineTo(this.px(p), box.top + box.height - size * v));
      c.beginPath();
      put(low, 0);
      at.forEach((p, j) => put(p, values[j] / top));
      put(high, 0);
      c.fillStyle = theme.muted;
      c.globalAlpha = .22;
      c.fill();
      c.globalAlpha = 1;
      const { s, g } = this.arrays, { i } = this, width = Math.sqrt(s[i] ** 2 * this.options.variance[k] + g[i] ** 2);
      c.strokeStyle = theme.strong;
      c.lineWidth = this.font / 5;
      c.beginPath();
      put(mu[k] - width, .03);
      put(mu[k] + width, .03);
      c.stroke();
      c.lineWidth = this.font / 8;
      c.beginPath();
      put(mu[k], 0);
      put(mu[k], 1);
      c.stroke();
      if (k) label(c, this, "μ ± σ", box.left + size + 6, this.py(mu[1]), theme.muted, { bold: false });
    });
  }
}
