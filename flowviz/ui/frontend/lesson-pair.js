// One pair, one path: x₀, x₁ and z can be moved; the path, the point at t, its velocity, and what it is put together from.

import { tidy } from "./dom.js";
import { ARROW, Lesson } from "./lesson-base.js";
import { Chart, coefficients } from "./lesson-chart.js";
import { Handle } from "./lesson-handle.js";
import { arrow, disc, dots, label, line } from "./lesson-marks.js";

export class Picture extends Lesson {
  constructor() {
    super("pair", "One pair and its path: x₀ and x₁ can be moved");
    this.x0 = new Handle(this, "x0", "x₀, a point of the source");
    this.x1 = new Handle(this, "x1", "x₁, a point of the data");
    this.z = new Handle(this, "z", "z, the noise of the path");
    new Chart(this, { title: "The path’s weights over t", lines: coefficients, mark: lesson => lesson.t });
    new Chart(this, { title: "Its speed over t", lines: lesson => lesson.speeds(), mark: lesson => lesson.t });
    this.clock.seek(.4);
    this.selfPlaying = true;
  }

  take(fresh) {
    this.noisy = this.arrays.g.some(v => v > 0);
    this.z.root.hidden = !this.noisy;
    if (!fresh) return;
    const [x0, x1, z] = ["x0", "x1", "z"].map(name => this.options[name]);
    for (const [handle, [x, y]] of [[this.x0, x0], [this.x1, x1], [this.z, z]]) handle.move(x, y);
  }

  /** The point at the i-th time, and with the slopes its velocity. */
  mix(a, s, g) {
    const n = this.noisy ? 1 : 0, part = v => (n ? g * v : 0);
    return [a * this.x1.x + s * this.x0.x + part(this.z.x), a * this.x1.y + s * this.x0.y + part(this.z.y)];
  }

  /** The speed over t; where it is infinite, or nearly so at an end, the curve leaves the chart. */
  speeds() {
    const { t, da, ds, dg } = this.arrays, all = Array.from(t, (_, k) => Math.hypot(...this.mix(da[k], ds[k], dg[k])));
    const usual = [...all].sort((p, q) => p - q)[Math.floor(.97 * all.length)], y = all.map(v => (v < 2 * usual + 1e-9 ? v : NaN)), { i } = this;
    return [{ name: "|u|", colour: this.theme.text, x: t, y, label: .5, now: Number.isFinite(y[i]) ? [t[i], y[i]] : null }];
  }

  draw(c) {
    const { a, s, g, da, ds, dg } = this.arrays, { theme, i } = this;
    dots(c, this, this.arrays.source, 1.6, theme.source, .28);
    dots(c, this, this.arrays.target, 1.6, theme.target, .34);
    const [x, y] = this.mix(a[i], s[i], g[i]), [u, v] = this.mix(da[i], ds[i], dg[i]);
    this.parts(c, [x, y]);
    const xs = Array.from(a, (_, k) => this.mix(a[k], s[k], g[k]));
    line(c, this, xs.length, k => xs[k][0], k => xs[k][1]);
    c.strokeStyle = theme.muted;
    c.lineWidth = this.font / 6;
    c.stroke();
    arrow(c, this, x, y, u, v, ARROW, { colour: theme.strong, width: this.font / 3, halo: theme.background });
    disc(c, this, x, y, this.font / 1.8, theme.strong, theme.background);
    label(c, this, "xₜ", this.px(x) + this.font, this.py(y) - this.font, theme.strong);
    this.say(x, y, u, v);
  }

  /** σ x₀, then α x₁, then γ z: three thin strokes from the origin to the point. */
  parts(c, [x, y]) {
    const { theme, i } = this, { a, s } = this.arrays, m = [s[i] * this.x0.x, s[i] * this.x0.y];
    const n = [m[0] + a[i] * this.x1.x, m[1] + a[i] * this.x1.y];
    const strokes = [[0, 0, ...m, theme.source], [...m, ...n, theme.target], ...(this.noisy ? [[...n, x, y, theme.noise]] : [])];
    c.setLineDash([5, 4]);
    c.lineWidth = this.font / 7;
    for (const [ax, ay, bx, by, colour] of strokes) {
      c.strokeStyle = colour;
      line(c, this, 2, k => (k ? bx : ax), k => (k ? by : ay));
      c.stroke();
    }
    c.setLineDash([]);
  }

  say(x, y, u, v) {
    const { a, s, g } = this.arrays, { i } = this, speed = Math.hypot(u, v);
    const sum = `α = ${tidy(a[i])}, σ = ${tidy(s[i])}${this.noisy ? `, γ = ${tidy(g[i])}` : ""}`;
    this.words = `${sum}. Velocity ${Number.isFinite(speed) ? `${tidy(speed)} per unit t; the arrow shows the way it makes in ${ARROW} of t.` : "infinite at this end of the path."}`
      + " Dashed: σ x₀, then α x₁" + (this.noisy ? ", then γ z." : ".");
    Object.assign(this.root.dataset, { x: String(x), y: String(y), u: `${u},${v}` });
  }
}
