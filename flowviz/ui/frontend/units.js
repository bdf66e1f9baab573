// Ticks and names of axes in the units of own data: placed where they are round in those, not relabelled ones of the plane.
// The twin of flowviz/export/units.py.

import { drawTicks, ticks, tickText } from "./axes.js";

// Spans from zero, and units of the labels, from which ticks are counted from a round number in sight: no label is then long.
const FAR = 100, LONG = 1e4;

/**
 * One axis: {ticks: [{at, text}], name}, `at` in the plane's coordinates.
 *
 * low, high: what the axis shows, of the plane; name, offset, factor: own = offset + factor · placed.
 */
export function ownAxis(low, high, { name, offset, factor }, pixels, least) {
  const [a, b] = [offset + factor * low, offset + factor * high].sort((x, y) => x - y), span = b - a;
  const size = Math.floor(Math.log10(span)), power = size >= 4 || size < -1 ? size : 0, unit = 10 ** power;
  const round = 10 ** (size + 1), most = Math.max(Math.abs(a), Math.abs(b));
  const base = most > FAR * span || most > LONG * unit ? Math.floor(a / round) * round : 0;
  const { step, values } = ticks((a - base) / unit, (b - base) / unit, pixels, least);
  return {
    ticks: values.map(v => ({ at: (base + v * unit - offset) / factor, text: tickText(v, step) })),
    name: name + (base ? `, from ${numberText(base)}` : "") + (power ? `, × 10${superscript(power)}` : ""),
  };
}

/** Axes of the plane in the units of own data; the columns' names stand inside, where they take no room from the picture. */
export function drawOwnAxes(c, box, [x0, x1, y0, y1], theme, [first, second], font = 12) {
  const { left, top, width, height } = box, x = ownAxis(x0, x1, first, width, 80), y = ownAxis(y0, y1, second, height, 40);
  drawTicks(c, box, [x0, x1, y0, y1], theme, x.ticks, y.ticks, font);
  c.save();
  c.font = `${font}px ${theme.font}`;
  c.fillStyle = theme.muted;
  c.textBaseline = "bottom";
  c.textAlign = "right";
  c.fillText(`${x.name} →`, left + width - 6, top + height - 5, width - 12);
  c.textBaseline = "top";
  c.textAlign = "left";
  c.fillText(`↑ ${y.name}`, left + 6, top + 6, width - 12);
  c.restore();
}

const superscript = n => String(n).replace(/./g, sign => "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign] ?? "⁻");

/** A round number in full up to a thousand million, with thousands parted; beyond in powers of ten. */
function numberText(value) {
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-3) {
    const [digits, power] = value.toExponential().split("e");
    return `${digits.replace("-", "−")} × 10${superscript(Number(power))}`;
  }
  const [whole, part] = String(Number(size.toPrecision(12))).split(".");
  return (value < 0 ? "−" : "") + whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? `.${part}` : "");
}
