// One particle among thousands: its whole way, where it came from and where it arrives; and which one the pointer means.

import { positionOf } from "./decode.js";
import { at } from "./mapping.js";

/** The particle nearest to a point, or null if none is within `reach`; `pixels` of each scene: x, y and depth in turn. */
export function nearest(pixels, x, y, reach) {
  let best = null, least = reach * reach;
  for (const place of pixels) {
    for (let p = 0; 3 * p < place.length; p++) {
      const dx = place[3 * p] - x, dy = place[3 * p + 1] - y, d = dx * dx + dy * dy;
      if (d < least) { least = d; best = p; }
    }
  }
  return best;
}

export function drawHighlight(c, scenes, frame, map) {
  const { box } = frame;
  c.save();
  c.beginPath();
  c.rect(box.left, box.top, box.width, box.height);
  c.clip();
  scenes.forEach((scene, order) => {
    if (frame.highlight < scene.n) drawOne(c, scene, frame, map, order);
  });
  c.restore();
}

function drawOne(c, scene, { highlight: p, t, theme }, map, order) {
  const { d, n, x } = scene;
  c.lineJoin = c.lineCap = "round";
  c.beginPath();
  for (let f = 0; f < scene.k; f++) {
    const i = d * (f * n + p), [px, py] = at(map, x.subarray(i, i + d));
    if (px === px) c.lineTo(px, py);
  }
  // A casing in the background's colour keeps the line readable over particles and density.
  c.strokeStyle = theme.background;
  c.lineWidth = 4.5;
  c.stroke();
  c.strokeStyle = theme.strong;
  c.lineWidth = 1.8;
  c.setLineDash(order ? [5, 4] : []);
  c.stroke();
  c.setLineDash([]);
  end(c, at(map, positionOf(scene, p, 0)), "x₀", theme.source, theme);
  end(c, at(map, positionOf(scene, p, 1)), "x₁", theme.target, theme);
  ring(c, at(map, positionOf(scene, p, t)), scene.labels[p], theme);
}

/** The mark at an end of a way, with its name: a square, or a dot, which may be hollow; the name to its right or its left. */
export function end(c, [x, y], name, colour, theme, { round = false, hollow = false, left = false } = {}) {
  c.beginPath();
  if (round) c.arc(x, y, 5, 0, 2 * Math.PI); else c.rect(x - 4, y - 4, 8, 8);
  c.fillStyle = hollow ? theme.background : colour;
  c.fill();
  c.lineWidth = hollow ? 2.5 : 1.5;
  c.strokeStyle = hollow ? colour : theme.strong;
  c.stroke();
  c.font = `600 13px ${theme.font}`;
  c.textAlign = left ? "right" : "left";
  c.textBaseline = "bottom";
  c.lineWidth = 4;
  c.strokeStyle = theme.background;
  const beside = x + (left ? -7 : 7);
  c.strokeText(name, beside, y - 3);
  c.fillStyle = theme.text;
  c.fillText(name, beside, y - 3);
}

function ring(c, [x, y], label, theme) {
  c.beginPath();
  c.arc(x, y, 6, 0, 2 * Math.PI);
  c.fillStyle = theme.palette[label & 7];
  c.fill();
  c.lineWidth = 4.5;
  c.strokeStyle = theme.background;
  c.stroke();
  c.lineWidth = 2.2;
  c.strokeStyle = theme.strong;
  c.stroke();
}

/** "x₀ = (−0.53, 1.20)" and so on, for reading aloud. */
export function describe(scene, p, t) {
  const point = time => written(positionOf(scene, p, time), scene.frame);
  return { x0: point(0), x1: point(1), xt: point(t) };
}

/** "(−0.53, 1.20)"; with a frame in the units of own data, to a hundredth of the plane's unit. */
export function written(point, frame = null) {
  const number = (v, i) => (frame ? ownText(v, frame[i]) : v.toFixed(2));
  return `(${point.map((v, i) => (v === v ? number(v, i).replaceAll("-", "−") : "lost")).join(", ")})`;
}

function ownText(v, { offset, factor }) {
  const own = offset + factor * v, places = 2 - Math.floor(Math.log10(Math.abs(factor)));
  return places > 8 || Math.abs(own) >= 1e12 ? own.toExponential(4) : own.toFixed(Math.max(0, places));
}
