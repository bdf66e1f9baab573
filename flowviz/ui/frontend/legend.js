// What lengths and colours stand for. One row for all panels, since they share every scale.

import { speedColours } from "./colours.js";
import { el, tidy } from "./dom.js";

/**
 * The scales of a row of panels. Set by the scenes that came with the player, so that a field still being learned
 * does not make the others breathe; where those have none, by all.
 */
export function commonScales(base, all) {
  const pick = has => { const some = base.filter(has); return some.length ? some : all.filter(has); };
  const density = pick(s => s.density).map(s => s.density.max), fields = pick(s => s.field);
  const most = f => Math.max(0, ...fields.map(f)), cell = fields.length ? (fields[0].bounds[1] - fields[0].bounds[0]) / fields[0].field.cols : 1;
  return {
    density: Math.max(1e-30, ...density),
    // The usual long arrow spans two cells, and the longest of all not more than six: in proportion, never cut.
    arrow: Math.min(2 * cell / Math.max(1e-9, most(s => s.field.usual)), 6 * cell / Math.max(1e-9, most(s => s.field.longest))),
    longest: Math.max(0, ...all.filter(s => s.field).map(s => s.field.longest)),
    speed: Math.max(0, ...pick(s => s.n > 0).map(s => s.topSpeed)),
  };
}

export class Legend {
  constructor() {
    this.root = el("div", { class: "fv-legend", "data-testid": "fv-legend" });
  }

  show({ layers, colour, scales, theme, has }) {
    const items = [];
    if (layers.particles && colour === "speed") {
      items.push(bar("Speed", speedColours(theme.dark), [0, scales.speed / 2, scales.speed], "per unit t", theme));
    }
    if (layers.field && has.field) items.push(arrowKey(scales.longest));
    if (layers.density && has.density) {
      const colours = [...theme.scale].map(c => [c & 255, c >> 8 & 255, c >> 16 & 255, (c >>> 24) / 255]);
      // Colours follow the square root, so a quarter of the maximum sits in the middle.
      items.push(bar("Density", colours, [0, scales.density / 4, scales.density], "probability per unit area (square-root scale)", theme));
    }
    const key = JSON.stringify([items.map(i => i.textContent), theme.dark]);
    if (key === this.key) return;
    this.key = key;
    this.root.replaceChildren(...items);
  }
}

function arrowKey(longest) {
  const sign = el("span", { class: "fv-arrow", "aria-hidden": "true" });
  return el("span", { class: "fv-key" }, el("b", {}, "Velocity"), sign, `longest arrow = ${tidy(longest)} per unit t`);
}

function bar(name, colours, numbers, unit, theme) {
  const stops = colours.filter((_, i) => i % 8 === 0 || i === colours.length - 1)
    .map(([r, g, b, a = 1]) => `rgba(${r},${g},${b},${a})`).join(",");
  const scale = el("span", { class: "fv-scale" },
    el("span", { class: "fv-ramp", style: `background: linear-gradient(90deg,${stops}); border-color: ${theme.line}` }),
    el("span", { class: "fv-numbers" }, ...numbers.map(v => el("span", {}, tidy(v)))));
  return el("span", { class: "fv-key" }, el("b", {}, name), scale, unit);
}
