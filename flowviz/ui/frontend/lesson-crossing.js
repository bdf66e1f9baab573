// Many pairs cross: the paths of drawn pairs; those that pass near the probe at time t, with their velocities, which disagree.

import { tidy } from "./dom.js";
import { ARROW } from "./lesson-base.js";
import { Chart, coefficients } from "./lesson-chart.js";
import { Hodograph } from "./lesson-hodograph.js";
import { arrow, dots, line } from "./lesson-marks.js";
import { ProbeLesson } from "./lesson-probe.js";

const NEAR = .035, EVERY = 8;

export class Picture extends ProbeLesson {
  constructor() {
    super("crossing", "The paths of 200 pairs; a probe shows those that pass near it");
    new Hodograph(this, { title: "Their velocities; pink: the mean", vectors: () => this.vectors, mean: () => this.mean });
    new Chart(this, { title: "The path’s weights over t", lines: coefficients, mark: lesson => lesson.t });
    this.clock.seek(.4);
  }

  take(fresh) {
    const { a, s, g, x0, x1, z } = this.arrays, n = x0.length / 2, shown = [];
    for (let i = 0; i < a.length; i += EVERY) shown.push(i);
    this.n = n;
    this.at_ = (i, k) => a[i] * x1[k] + s[i] * x0[k] + (g[i] ? g[i] * z[k] : 0);
    this.ways = shown.map(i => Float64Array.from({ length: 2 * n }, (_, k) => this.at_(i, k)));
    this.backdrop = null;
    if (fresh) this.probe.move(...this.busiest());
  }

  recoloured() {
    this.backdrop = null;
  }

  resized() {
    this.backdrop = null;
  }

  /** The place, of all path points at the time shown, near which most paths pass. */
  busiest() {
    const i = Math.round(400 * this.clock.t), points = Array.from({ length: this.n }, (_, k) => [this.at_(i, 2 * k), this.at_(i, 2 * k + 1)]);
    const near = p => points.filter(q => Math.hypot(p[0] - q[0], p[1] - q[1]) < NEAR * this.span).length;
    return points.reduce((best, p) => (near(p) > near(best) ? p : best), points[0]);
  }

  /** All paths, drawn once for each size and theme. */
  all() {
    if (this.backdrop) return this.backdrop;
    this.backdrop = Object.assign(document.createElement("canvas"), { width: this.canvas.width, height: this.canvas.height });
    const c = this.backdrop.getContext("2d"), dpr = this.canvas.width / this.size.width;
    c.scale(dpr, dpr);
    c.strokeStyle = this.theme.muted;
    c.globalAlpha = .3;
    c.lineWidth = this.font / 14;
    for (let k = 0; k < this.n; k++) {
      this.way(c, k);
      c.stroke();
    }
    return this.backdrop;
  }

  way(c, k) {
    line(c, this, this.ways.length, f => this.ways[f][2 * k], f => this.ways[f][2 * k + 1]);
  }

  draw(c) {
    const { theme, i } = this, { da, ds, dg, x0, x1, z } = this.arrays;
    c.drawImage(this.all(), 0, 0, this.size.width, this.size.height);
    dots(c, this, x0, 1.8, theme.source, .7);
    dots(c, this, x1, 1.8, theme.target, .7);
    const xt = Float64Array.from({ length: 2 * this.n }, (_, k) => this.at_(i, k)), found = [];
    dots(c, this, xt, this.font / 7, theme.text, .55);
    for (let k = 0; k < this.n; k++) {
      if (Math.hypot(xt[2 * k] - this.probe.x, xt[2 * k + 1] - this.probe.y) > NEAR * this.span) continue;
      const [u, v] = [0, 1].map(d => da[i] * x1[2 * k + d] + ds[i] * x0[2 * k + d] + (dg[i] ? dg[i] * z[2 * k + d] : 0));
      found.push({ k, x: xt[2 * k], y: xt[2 * k + 1], u, v });
    }
    c.lineWidth = this.font / 7;
    for (const { k } of found) {
      c.strokeStyle = theme.palette[this.arrays.labels[k] % 8];
      this.way(c, k);
      c.stroke();
    }
    for (const { k, x, y, u, v } of found) arrow(c, this, x, y, u, v, ARROW, { colour: theme.palette[this.arrays.labels[k] % 8], width: this.font / 4.5, halo: theme.background });
    c.beginPath();
    c.arc(this.px(this.probe.x), this.py(this.probe.y), NEAR * this.box.width, 0, 7);
    c.strokeStyle = theme.strong;
    c.lineWidth = this.font / 6;
    c.stroke();
    this.vectors = found.map(one => ({ ...one, colour: theme.palette[this.arrays.labels[one.k] % 8], opacity: .9 }));
    this.say(found.filter(one => Number.isFinite(one.u + one.v)));
  }

  say(found) {
    const n = found.length, mean = ["u", "v"].map(d => found.reduce((sum, one) => sum + one[d], 0) / Math.max(1, n));
    this.mean = n > 1 ? mean : null;
    const spread = Math.sqrt(found.reduce((sum, one) => sum + (one.u - mean[0]) ** 2 + (one.v - mean[1]) ** 2, 0) / Math.max(1, n));
    const turn = found.map(one => Math.atan2(one.v, one.u)).sort((p, q) => p - q);
    const gaps = turn.map((angle, k) => (k + 1 < n ? turn[k + 1] : turn[0] + 2 * Math.PI) - angle);
    const fan = n > 1 ? 360 - Math.max(...gaps) * 180 / Math.PI : 0;
    this.words = `${n} of ${this.n} paths pass within ${tidy(NEAR * this.span)} of the probe at t = ${this.t.toFixed(2)}. `
      + (n > 1 ? `Their velocities spread by ${tidy(spread)} per unit t about their mean and point over ${Math.round(fan)}°. ` : "Move it, or t, to where more do. ")
      + `Arrows show the way made in ${ARROW} of t; one colour for each ${this.options.group} of the data.`;
    Object.assign(this.root.dataset, { count: String(n), spread: String(spread), angle: String(fan), x: String(this.probe.x), y: String(this.probe.y) });
  }
}
