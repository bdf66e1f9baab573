// What is stored on a grid over the plane: density and discriminator as colours, the velocity as arrows.

import { between } from "./decode.js";

const LEVELS = 8;  // opacities of arrows
export const CROWDED = .004;  // share of all particles in an arrow's cell from which on it is drawn in full: evenly spread, a 256th

/** Numbers on a grid at a moment, as colours, smooth between two stored times. */
export function paintGrid(canvas, d, frame, w, scale, top) {
  const { rows, cols, q } = d, a = frame * rows * cols, b = d.t.length > 1 ? a + rows * cols : a;
  if (canvas.width !== cols || canvas.height !== rows) Object.assign(canvas, { width: cols, height: rows });
  const context = canvas.getContext("2d"), image = context.createImageData(cols, rows);
  const words = new Uint32Array(image.data.buffer), gain = Math.sqrt(d.max / top);
  for (let row = 0; row < rows; row++) {
    const from = row * cols, to = (rows - 1 - row) * cols;  // rows are stored from below
    for (let col = 0; col < cols; col++) {
      const i = from + col, value = (q[a + i] + w * (q[b + i] - q[a + i])) * gain;
      words[to + col] = scale[Math.min(255, Math.round(value))];
    }
  }
  context.putImageData(image, 0, 0);
}

/**
 * How strong each arrow is, 1 to 8 eighths: in full where an even share of the particles is, fainter with the root of
 * what is there, since in an empty corner nothing was learned and nothing flows. Without a density all are strong, and half as strong
 * while it is being counted.
 */
export function strengths({ field, density, bounds, awaits }, t) {
  const { rows, cols } = field, out = field.strength ??= new Uint8Array(rows * cols);
  if (!density) return out.fill(awaits ? LEVELS / 2 : LEVELS);
  const { rows: h, cols: w, q, max } = density, [f, part] = between(density.t, t);
  const a = f * h * w, b = density.t.length > 1 ? a + h * w : a;
  const area = (bounds[1] - bounds[0]) * (bounds[3] - bounds[2]) / (rows * cols), unit = max / 255 ** 2;
  const ends = (i, count, size) => [Math.floor(i * size / count), Math.max(Math.floor(i * size / count) + 1, Math.floor((i + 1) * size / count))];
  for (let row = 0; row < rows; row++) {
    const [r0, r1] = ends(row, rows, h);
    for (let col = 0; col < cols; col++) {
      const [c0, c1] = ends(col, cols, w);
      let sum = 0;
      for (let r = r0; r < r1; r++) for (let c = c0, i = r * w + c0; c < c1; c++, i++) sum += (q[a + i] + part * (q[b + i] - q[a + i])) ** 2;
      const share = sum / ((r1 - r0) * (c1 - c0)) * unit * area;
      out[row * cols + col] = Math.max(1, Math.round(LEVELS * Math.sqrt(Math.min(1, share / CROWDED))));
    }
  }
  return out;
}

/** Arrows from the centres of the grid: true direction, length in proportion by one scale for all times and panels. */
export function drawField(c, scene, frame, map) {
  const { field, bounds } = scene, { rows, cols, v } = field, [f, w] = between(field.t, frame.t), strong = strengths(scene, frame.t);
  const a = 2 * rows * cols * f, b = field.t.length > 1 ? a + 2 * rows * cols : a, k = frame.scales.arrow;
  const stepX = (bounds[1] - bounds[0]) / cols, stepY = (bounds[3] - bounds[2]) / rows;
  c.strokeStyle = frame.theme.arrow;
  c.lineWidth = 1.15;
  for (let level = 1; level <= LEVELS; level++) {
    c.globalAlpha = level / LEVELS;
    c.beginPath();
    for (let cell = 0; cell < rows * cols; cell++) {
      if (strong[cell] !== level) continue;
      const i = 2 * cell, row = Math.floor(cell / cols), col = cell % cols;
      const dx = (v[a + i] + w * (v[b + i] - v[a + i])) * k * map.sx, dy = (v[a + i + 1] + w * (v[b + i + 1] - v[a + i + 1])) * k * map.sy;
      const x = map.ox + (bounds[0] + (col + .5) * stepX) * map.sx, y = map.oy + (bounds[2] + (row + .5) * stepY) * map.sy;
      arrow(c, x - dx / 2, y - dy / 2, dx, dy);
    }
    c.stroke();
  }
  c.globalAlpha = 1;
}

function arrow(c, x, y, dx, dy) {
  const length = Math.hypot(dx, dy), head = Math.min(5, .45 * length);
  if (length < .6) {
    c.moveTo(x - .5, y);
    c.lineTo(x + .5, y);
    return;
  }
  const ux = dx / length * head, uy = dy / length * head, tx = x + dx, ty = y + dy;
  c.moveTo(x, y);
  c.lineTo(tx, ty);
  c.moveTo(tx - ux - .55 * uy, ty - uy + .55 * ux);
  c.lineTo(tx, ty);
  c.lineTo(tx - ux + .55 * uy, ty - uy - .55 * ux);
}
