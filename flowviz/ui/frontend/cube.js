// The axes of the volume: the cube's far edges, sparse ticks, and the names x, y and z outside it.

import { tickText, ticks } from "./axes.js";
import { at, shade } from "./mapping.js";

/** Which corner of the cube, by the signs of its coordinates. */
const corner = (cube, signs) => signs.map((s, i) => cube[2 * i + (s > 0 ? 1 : 0)]);

/** The twelve edges as [axis, signs of the other two]; those that meet in the corner next to the eye are left out. */
export function edges(eye) {
  const near = eye.map(v => (v >= 0 ? 1 : -1)), out = [];
  for (const axis of [0, 1, 2]) {
    const others = [0, 1, 2].filter(i => i !== axis);
    for (const a of [-1, 1]) for (const b of [-1, 1]) {
      const signs = [0, 0, 0];
      [signs[others[0]], signs[others[1]]] = [a, b];
      if (signs.some((s, i) => i !== axis && s !== near[i])) out.push([axis, signs]);
    }
  }
  return out;
}

/** The edge on which each axis is written: below and in front for x and y, the leftmost upright one for z. */
export function scaleEdges(map, cube) {
  const [ex, ey, ez] = map.eye.map(v => (v >= 0 ? 1 : -1)), middle = [0, 2, 4].map(i => (cube[i] + cube[i + 1]) / 2);
  const upright = [[ex, -ey], [-ex, ey]].map(([x, y]) => [x, y, 0]);
  const left = ([x, y]) => at(map, [...corner(cube, [x, y, 1]).slice(0, 2), middle[2]])[0];
  return [[0, ey, -ez], [ex, 0, -ez], left(upright[0]) < left(upright[1]) ? upright[0] : upright[1]];
}

export function drawCube(c, box, cube, map, theme, font = 12) {
  c.save();
  c.lineWidth = 1;
  c.strokeStyle = theme.line;
  for (const [axis, signs] of edges(map.eye)) {
    const ends = [-1, 1].map(s => at(map, corner(cube, signs.map((v, i) => (i === axis ? s : v)))));
    c.globalAlpha = shade((ends[0][2] + ends[1][2]) / 2);
    c.beginPath();
    c.moveTo(ends[0][0], ends[0][1]);
    c.lineTo(ends[1][0], ends[1][1]);
    c.stroke();
  }
  c.globalAlpha = 1;
  c.textAlign = "center";
  c.textBaseline = "middle";
  const centre = at(map, [0, 2, 4].map(i => (cube[i] + cube[i + 1]) / 2));
  scaleEdges(map, cube).forEach((signs, axis) => writeAxis(c, cube, map, theme, { signs, axis, centre, font }));
  c.restore();
}

function writeAxis(c, cube, map, theme, { signs, axis, centre, font }) {
  const [low, high] = [cube[2 * axis], cube[2 * axis + 1]], { step, values } = ticks(low, high, 3 * 80, 80);
  const place = v => at(map, corner(cube, signs).map((w, i) => (i === axis ? v : w)));
  const [mx, my] = place((low + high) / 2), away = Math.hypot(mx - centre[0], my - centre[1]) || 1;
  const [ux, uy] = [(mx - centre[0]) / away, (my - centre[1]) / away];
  c.fillStyle = theme.muted;
  c.font = `${font}px ${theme.font}`;
  // The ends are left to the other axes' numbers.
  for (const v of values.filter(v => v > low + .08 * (high - low) && v < high - .08 * (high - low))) {
    const [x, y] = place(v);
    c.fillText(tickText(v, step), x + ux * font, y + uy * font);
  }
  c.fillStyle = theme.text;
  c.font = `600 ${font + 1}px ${theme.font}`;
  c.fillText("xyz"[axis], mx + ux * 2.5 * font, my + uy * 2.5 * font);
}
