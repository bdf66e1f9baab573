// Sampling: where n Euler steps on the exact field land, for pairs drawn independently or by optimal transport.

import { el, tidy } from "./dom.js";
import { Lesson } from "./lesson-base.js";
import { Chart } from "./lesson-chart.js";
import { dots, label } from "./lesson-marks.js";

export class Picture extends Lesson {
  constructor() {
    super("sampling", "Particles carried by n steps of Euler’s rule");
    this.count = el("input", {
      type: "range", class: "fv-scrub fv-plain", "data-testid": "fv-steps", min: 0, max: 11, step: 1, value: 0, "aria-label": "Number of Euler steps",
      oninput: () => this.choose(+this.count.value),
    });
    this.counted = el("output", { class: "fv-t" });
    this.bar.prepend(el("div", { class: "fv-transport" }, el("span", { class: "fv-end" }, "Euler steps"), this.count, this.counted));
    this.ot = this.chip("OT coupling", chip => chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true")), { pressed: false, id: "fv-ot" });
    new Chart(this, { title: "W2 to the data by number of steps", x: [1, 50], log: true, across: "n", marks: [1, 2, 5, 10, 20, 50], lines: () => this.curves(), mark: () => this.steps, floors: () => [{ name: `floor ${tidy(this.options.floor)}`, y: this.options.floor }] });
    this.clock.loop = false;
    this.clock.seek(1);
    this.place = 0;
  }

  take() {
    this.count.max = this.options.steps.length - 1;
  }

  choose(place) {
    this.place = place;
    this.clock.seek(1);
    this.invalidate();
  }

  get steps() {
    return this.options.steps[this.place];
  }

  get coupling() {
    return this.ot.getAttribute("aria-pressed") === "true" ? "ot" : "independent";
  }

  curves() {
    const { theme } = this, x = this.options.steps, both = ["independent", "ot"].filter(name => this.arrays[`w2_${name}`]);
    const names = { independent: "independent", ot: "OT coupling" };
    return both.map((name, k) => {
      const y = this.arrays[`w2_${name}`], chosen = name === this.coupling;
      return { name: names[name], colour: theme.palette[k ? 2 : 5], x, y, dash: k ? [7, 3] : [], faint: !chosen, label: k ? .8 : .35, now: chosen ? [this.steps, y[this.place]] : null };
    });
  }

  draw(c) {
    const { theme, steps: n } = this, x = this.arrays[`x_${this.coupling}`], points = this.options.points, { t } = this.clock;
    const start = 2 * points * (this.options.steps.slice(0, this.place).reduce((sum, m) => sum + m + 1, 0));
    const at = (f, k) => x[start + 2 * points * f + k], place = Math.min(n, t * n), f = Math.min(n - 1, Math.floor(place)), share = place - f;
    dots(c, this, this.arrays.target, this.font / 7, theme.target, .4);
    const ends = Float64Array.from({ length: 2 * points }, (_, k) => at(f, k) + share * (at(f + 1, k) - at(f, k)));
    for (let k = 0; k < points; k++) {
      c.beginPath();
      for (let j = 0; j <= f; j++) c.lineTo(this.px(at(j, 2 * k)), this.py(at(j, 2 * k + 1)));
      c.lineTo(this.px(ends[2 * k]), this.py(ends[2 * k + 1]));
      c.strokeStyle = theme.palette[this.arrays.labels[k] % 8];
      c.globalAlpha = .22;
      c.lineWidth = this.font / 12;
      c.stroke();
    }
    c.globalAlpha = 1;
    for (let k = 0; k < points; k++) dots(c, this, ends.subarray(2 * k, 2 * k + 2), this.font / 4.5, theme.palette[this.arrays.labels[k] % 8]);
    this.cross(c);
    this.say(ends, t);
  }

  cross(c) {
    const [x, y] = this.options.mean, r = this.font * .9, px = this.px(x), py = this.py(y);
    for (const [colour, width] of [[this.theme.background, this.font / 2], [this.theme.strong, this.font / 4.5]]) {
      c.strokeStyle = colour;
      c.lineWidth = width;
      c.beginPath();
      c.moveTo(px - r, py - r);
      c.lineTo(px + r, py + r);
      c.moveTo(px - r, py + r);
      c.lineTo(px + r, py - r);
      c.stroke();
    }
    label(c, this, "mean of the data", px + 1.4 * r, py - 1.2 * r, this.theme.strong);
  }

  say(ends, t) {
    const { points, floor, mean } = this.options, w2 = this.arrays[`w2_${this.coupling}`][this.place], n = this.steps;
    let off = 0;
    for (let k = 0; k < points; k++) off += Math.hypot(ends[2 * k] - mean[0], ends[2 * k + 1] - mean[1]) / points;
    this.words = `${n} step${n === 1 ? "" : "s"}: W2 to the data ${tidy(w2)}, floor ${tidy(floor)} (both of ${points} points). `
      + (t < 1 ? "" : `Particles end ${off < .005 ? "on the mean of the data." : `${tidy(off)} from the mean of the data, on average.`} `)
      + (this.coupling === "ot" ? this.options.ot_note : this.options.note);
    this.counted.textContent = `n = ${n}`;
    this.count.setAttribute("aria-valuetext", `${n} steps`);
    if (this.count.value !== String(this.place)) this.count.value = this.place;
    Object.assign(this.root.dataset, { n: String(n), w2: String(w2), off: String(off), coupling: this.coupling });
  }

  get t() {
    return this.clock.t;
  }
}
