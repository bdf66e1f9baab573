// The average: at the probe, the components' paths by their posterior weight, their arrows, and the mean arrow, which is u_t(x).

import { tidy } from "./dom.js";
import { ARROW } from "./lesson-base.js";
import { Chart } from "./lesson-chart.js";
import { Hodograph } from "./lesson-hodograph.js";
import { arrow, disc, dots, line } from "./lesson-marks.js";
import { Law } from "./lesson-math.js";
import { ProbeLesson } from "./lesson-probe.js";

const MOST = 60, EVERY = 8, GRID = 17, APART = .028, WORK = 600_000;

export class Picture extends ProbeLesson {
  constructor() {
    super("average", "A probe: the mean of the velocities of all paths through a place");
    this.trail = [];
    new Hodograph(this, { title: "Their velocities; pink: the mean", vectors: () => this.vectors(), mean: () => this.mean });
    new Chart(this, { title: "Their posterior weights, in %", lines: () => this.bars(), across: "components, heaviest first", marks: [] });
    this.trailing = this.chip("Trail of means", chip => {
      chip.setAttribute("aria-pressed", String(!this.leaves));
    }, { pressed: true, id: "fv-trail" });
    this.chip("Fill the grid", () => this.fill(), { id: "fv-fill" });
    this.chip("Clear", () => { this.trail = []; }, { id: "fv-clear" });
    this.clock.seek(.5);
  }

  get leaves() {
    return this.trailing.getAttribute("aria-pressed") === "true";
  }

  take(fresh) {
    this.law = new Law(this.arrays);
    this.trail = [];
    if (fresh) this.probe.move(...this.options.probe);
  }

  /** Every place visited leaves a mean arrow, unless one stands there already. */
  visited(x, y) {
    if (!this.leaves || !this.law || this.trail.length * this.law.n > WORK) return;
    if (!this.trail.some(p => Math.hypot(p[0] - x, p[1] - y) < APART * this.span)) this.trail.push([x, y]);
  }

  fill() {
    const [x0, , y0] = this.options.bounds, side = Math.min(GRID, Math.floor(Math.sqrt(WORK / this.law.n))), cell = this.span / side;
    this.trail = Array.from({ length: side * side }, (_, k) => [x0 + (k % side + .5) * cell, y0 + (Math.floor(k / side) + .5) * cell]);
  }

  bars() {
    const w = this.top.map(k => 100 * this.law.w[k]), n = w.length;
    const x = [], y = [];
    w.forEach((value, k) => { x.push(k / n, (k + 1) / n); y.push(value, value); });
    return [{ name: `${n} shown of ${this.law.n.toLocaleString("en")}`, colour: this.theme.target, x, y, label: .6 }];
  }

  /** Where many paths pass, each is drawn thinner and fainter, or the mean could not be seen among them. */
  get crowd() {
    return this.top.length > 16 ? .5 : 1;
  }

  opacity(k) {
    return this.crowd * (.12 + .88 * Math.sqrt(this.law.w[k] / this.law.w[this.top[0]]));
  }

  vectors() {
    return [...this.top].reverse().map(k => ({ u: this.law.u[k], v: this.law.v[k], colour: this.theme.text, opacity: this.opacity(k) }));
  }

  draw(c) {
    const { theme, i, law, probe } = this, { x, y } = probe;
    dots(c, this, this.arrays.source, 1.6, theme.source, .3);
    dots(c, this, this.arrays.target, 1.6, theme.target, .38);
    for (const [px, py] of this.trail) {
      const [u, v] = law.velocity(px, py, i);
      arrow(c, this, px, py, u, v, ARROW, { colour: theme.mean, width: this.font / 8, opacity: .75 });
    }
    const began = performance.now(), mean = this.mean = law.velocity(x, y, i);
    this.top = law.heaviest(MOST);
    const answered = performance.now() - began;
    this.paths(c, x, y);
    disc(c, this, x, y, this.font / 3, theme.strong, theme.background);
    arrow(c, this, x, y, ...mean, ARROW, { colour: theme.mean, width: this.font / 2.6, halo: theme.background });
    this.say(mean, answered);
  }

  paths(c, x, y) {
    const { law, theme } = this;
    for (const k of [...this.top].reverse()) {
      const opacity = this.opacity(k), { x0, x1, z } = law.pair(k, x, y);
      const { a, s, g } = this.arrays, n = Math.ceil(a.length / EVERY);
      const at = (f, d) => { const j = Math.min(a.length - 1, EVERY * f); return a[j] * x1[d] + s[j] * x0[d] + g[j] * z[d]; };
      c.globalAlpha = opacity;
      c.strokeStyle = theme.text;
      c.lineWidth = this.crowd * this.font / 9;
      line(c, this, n, f => at(f, 0), f => at(f, 1));
      c.stroke();
      disc(c, this, ...x0, this.crowd * this.font / 3, theme.source);
      disc(c, this, ...x1, this.crowd * this.font / 3, theme.target);
      c.globalAlpha = 1;
      arrow(c, this, x, y, law.u[k], law.v[k], ARROW, { colour: theme.text, width: this.crowd * this.font / 5, opacity });
    }
  }

  say(mean, answered) {
    const { probe, law } = this, first = law.w[this.top[0]];
    this.words = `uₜ(x) = (${mean.map(tidy).join(", ")}) per unit t at x = (${tidy(probe.x)}, ${tidy(probe.y)}): the mean of ${law.n.toLocaleString("en")} component${law.n === 1 ? "" : "s"}, `
      + `the heaviest with ${tidy(100 * first)} %. Pink: the mean. Arrows show the way made in ${ARROW} of t.`;
    Object.assign(this.root.dataset, {
      x: String(probe.x), y: String(probe.y), mean: mean.join(), answer: answered.toFixed(3), trail: String(this.trail.length), n: String(law.n),
    });
  }
}
