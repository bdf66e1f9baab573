// What lengths and colours stand for. One row for all panels, since they share every scale.

import { speedColours } from "./colours.js";
import { el, tidy } from "./dom.js";

const LONGEST = 60;  // pixels of the key's arrow, at most

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
    faint: all.some(s => s.field && (s.density || s.awaits)),
    counting: all.some(s => s.awaits),
    longest: Math.max(0, ...all.filter(s => s.field).map(s => s.field.longest)),
    speed: Math.max(0, ...pick(s => s.n > 0).map(s => s.topSpeed)),
  };
}

/** Pixels of an arrow of velocity 1, as the axes of the plane are now. */
export function arrowPixels({ panels, zoom, scales }) {
  const box = panels.find(p => p.space === "plane")?.box, [x0, x1] = zoom.range;
  return box ? scales.arrow * box.width / (x1 - x0) : 1;
}

export class Legend {
  constructor() {
    this.root = el("div", { class: "fv-legend", "data-testid": "fv-legend" });
  }

  /** `pixels`: of an arrow of velocity 1. */
  show({ layers, colour, scales, theme, has, table, pixels }) {
    const items = [];
    if (layers.particles && colour === "speed" && has.points) {
      items.push(bar("Speed", speedColours(theme.dark), [0, scales.speed / 2, scales.speed].map(tidy), "per unit t", theme));
    }
    if (layers.field && has.field) items.push(arrowKey(table.field.label, scales, pixels));
    if (layers.density && has.density) {
      // Colours follow the square root, so a quarter of the maximum sits in the middle.
      items.push(bar(table.density.label, unpacked(theme.scale), scales.counting ? ["0", "…", "…"] : [0, scales.density / 4, scales.density].map(tidy), "probability per unit area (square-root scale)", theme));
    }
    if (layers.judged && has.judged) {
      items.push(bar(table.judged.label, unpacked(theme.judged), ["0 made", "½", "1 data"], "probability that x is data", theme));
    }
    const key = JSON.stringify([items.map(i => i.textContent), theme.dark, pixels.toFixed(2)]);
    if (key === this.key) return;
    this.key = key;
    this.root.replaceChildren(...items);
  }
}

/** The velocity of the key's arrow, 1, 2 or 5 times a power of ten, and its length in pixels. */
export function keyArrow(pixels) {
  const room = LONGEST / Math.max(pixels, 1e-12), base = 10 ** Math.floor(Math.log10(room));
  const value = base * ([5, 2].find(m => m * base <= room) ?? 1);
  return [value, value * pixels];
}

function arrowKey(name, { longest, faint }, pixels) {
  const [value, length] = keyArrow(pixels), words = `= ${tidy(value)} per unit t (longest ${tidy(longest)})`;
  const sign = el("span", { class: "fv-arrow", "aria-hidden": "true", style: `width: ${length.toFixed(1)}px` });
  return el("span", { class: "fv-key" }, el("b", {}, name), sign, words + (faint ? ", faint where hardly any particle is" : ""));
}

/** Little-endian RGBA words as [r, g, b, opacity]. */
const unpacked = words => [...words].map(c => [c & 255, c >> 8 & 255, c >> 16 & 255, (c >>> 24) / 255]);

function bar(name, colours, numbers, unit, theme) {
  const stops = colours.filter((_, i) => i % 8 === 0 || i === colours.length - 1)
    .map(([r, g, b, a = 1]) => `rgba(${r},${g},${b},${a})`).join(",");
  const scale = el("span", { class: "fv-scale" },
    el("span", { class: "fv-ramp", style: `background: linear-gradient(90deg,${stops}); border-color: ${theme.line}` }),
    el("span", { class: "fv-numbers" }, ...numbers.map(text => el("span", {}, text))));
  return el("span", { class: "fv-key" }, el("b", {}, name), scale, unit);
}
