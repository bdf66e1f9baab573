// One panel's canvas: density, ghosts, arrows, trails and particles at a time t. Knows pixels and scenes, no page.

import { between, positions } from "./decode.js";
import { rgb, speedColours } from "./colours.js";
import { drawAxes } from "./axes.js";
import { drawHighlight } from "./highlight.js";
import { makeStamp, Raster } from "./raster.js";

export const TRAIL = .25;

/** Maps data to the canvas' CSS pixels: `box` is the plot area, `range` what it shows. */
export function mapping(box, range) {
  const [x0, x1, y0, y1] = range, sx = box.width / (x1 - x0), sy = -box.height / (y1 - y0);
  return { sx, sy, ox: box.left - x0 * sx, oy: box.top - y1 * sy };
}

export class Picture {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.raster = new Raster();
    this.densityCanvas = document.createElement("canvas");
    this.ghostCanvas = document.createElement("canvas");
    this.scenes = [];
    this.places = [];
  }

  setScenes(scenes) {
    this.scenes = scenes;
    this.places = scenes.map(s => new Float32Array(2 * s.n));
    this.forget();
  }

  /** Cached layers are made anew: after new data, a new theme, a new size. */
  forget() {
    this.densityKey = this.ghostKey = this.stampKey = null;
  }

  resize(width, height, dpr) {
    const w = Math.round(width * dpr), h = Math.round(height * dpr);
    if (this.canvas.width !== w || this.canvas.height !== h) {
      this.canvas.width = w;
      this.canvas.height = h;
    }
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    Object.assign(this, { width, height, dpr });
  }

  /** frame: {t, layers, colour, theme, scales, highlight, box, range, axes, thin} */
  draw(frame) {
    const { context: c, dpr } = this, { box, layers, theme } = frame, scene = this.scenes[0];
    const map = mapping(box, frame.range);
    c.setTransform(dpr, 0, 0, dpr, 0, 0);
    c.clearRect(0, 0, this.width, this.height);
    if (frame.axes) drawAxes(c, box, frame.range, theme);
    if (!scene) return;
    this.scenes.forEach((s, i) => positions(s, frame.t, this.places[i]));
    c.save();
    c.beginPath();
    c.rect(box.left, box.top, box.width, box.height);
    c.clip();
    if (layers.density && scene.density) this.density(scene, frame, map);
    if (layers.target || layers.source) this.ghosts(scene, frame, map);
    if (layers.field && scene.field) drawField(c, scene, frame, map);
    if (layers.particles || layers.trails) this.swarm(frame, map);
    c.restore();
    if (frame.highlight !== null) drawHighlight(c, this.scenes, frame, map);
  }

  density(scene, frame, map) {
    const d = scene.density, [f, w] = between(d.t, frame.t), part = Math.round(w * 32);
    const key = `${f} ${part} ${frame.theme.dark} ${frame.scales.density}`;
    if (key !== this.densityKey) {
      paintDensity(this.densityCanvas, d, f, part / 32, frame.theme.scale, frame.scales.density);
      this.densityKey = key;
    }
    const [x0, x1, y0, y1] = scene.bounds, c = this.context;
    c.imageSmoothingEnabled = true;
    c.drawImage(this.densityCanvas, map.ox + x0 * map.sx, map.oy + y1 * map.sy, (x1 - x0) * map.sx, (y0 - y1) * map.sy);
  }

  /** Where source and target lie: does not move, so it is drawn once for each view and then copied. */
  ghosts(scene, frame, map) {
    const { layers, theme, box } = frame, c = this.context, g = this.ghostCanvas, dpr = this.dpr;
    const key = [layers.target, layers.source, theme.dark, ...frame.range, box.width, box.height, dpr].join();
    if (key !== this.ghostKey) {
      g.width = Math.round(box.width * dpr);
      g.height = Math.round(box.height * dpr);
      const ink = g.getContext("2d");
      ink.setTransform(dpr, 0, 0, dpr, -box.left * dpr, -box.top * dpr);
      if (layers.source && scene.source) dust(ink, scene.source, theme.source, map);
      if (layers.target && scene.target) dust(ink, scene.target, theme.target, map);
      this.ghostKey = key;
    }
    c.drawImage(g, box.left, box.top, box.width, box.height);
  }

  swarm(frame, map) {
    const { box, layers, theme } = frame, dpr = this.dpr, r = this.raster;
    const left = Math.round(box.left * dpr), top = Math.round(box.top * dpr);
    r.resize(Math.round(box.width * dpr), Math.round(box.height * dpr));
    r.clear();
    const device = { sx: map.sx * dpr, sy: map.sy * dpr, ox: map.ox * dpr - left, oy: map.oy * dpr - top };
    const looks = this.scenes.map((s, i) => look(s, frame, i));
    if (layers.trails) this.scenes.forEach((s, i) => drawTrails(r, s, frame, looks[i], device, dpr));
    if (layers.particles) {
      this.scenes.forEach((s, i) => drawDots(r, s, this.places[i], looks[i], device, this.stamps(s, i, frame), theme.ground));
    }
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    r.show(this.context, left, top);
    this.context.setTransform(dpr, 0, 0, dpr, 0, 0);
  }

  /** Markers of scene i: filled for the first, hollow for the second; square where the palette begins again. */
  stamps(scene, i, frame) {
    const radius = markerRadius(scene.n, frame.box) * this.dpr, busy = frame.layers.density && Boolean(scene.density);
    const key = `${radius} ${busy} ${this.scenes.length}`;
    if (this.stampKey !== key) {
      const rim = busy || scene.n <= 2500 ? .6 * this.dpr : 0;
      this.markers = [["disc", "square"], ["ring", "frame"]].map((shapes, hollow) =>
        // A ring leaves room for the dot that it may lie around, and has no rim that would hide that dot.
        shapes.map(shape => makeStamp(shape, radius * (hollow ? 1.6 : 1), hollow ? 0 : rim, .92)));
      this.stampKey = key;
    }
    return this.markers[Math.min(i, 1)];
  }
}

/** Radius in CSS pixels: a thousand particles should neither vanish nor cover each other. */
export function markerRadius(n, box) {
  const room = Math.min(box.width, box.height) / 440;
  return Math.max(1.1, Math.min(3.4, 2.5 * Math.sqrt(room) * (800 / Math.max(n, 60)) ** .22));
}

/** The colour index of every particle and the table it points into. */
function look(scene, frame, i) {
  if (frame.colour !== "speed") {
    return { index: scene.labels, mask: 7, table: frame.theme.palette.map(rgb), labels: scene.labels };
  }
  const table = speedColours(frame.theme.dark), top = frame.scales.speed || 1;
  const index = scene.speedIndex ??= new Uint8Array(scene.n);
  const [f] = between(scene.t, frame.t), a = 2 * scene.n * f, b = scene.k > 1 ? a + 2 * scene.n : a;
  const dt = scene.k > 1 ? scene.t[f + 1] - scene.t[f] : 1, x = scene.x;
  for (let p = 0; p < scene.n; p++) {
    const v = Math.hypot(x[b + 2 * p] - x[a + 2 * p], x[b + 2 * p + 1] - x[a + 2 * p + 1]) / dt;
    index[p] = Math.min(63, 63 * v / top);
  }
  return { index, mask: 63, table, labels: scene.labels };
}

function drawDots(raster, scene, places, { index, mask, table, labels }, m, stamps, [hr, hg, hb]) {
  for (let p = 0; p < scene.n; p++) {
    const x = m.ox + places[2 * p] * m.sx, y = m.oy + places[2 * p + 1] * m.sy, [r, g, b] = table[index[p] & mask];
    raster.stamp(stamps[labels[p] >> 3 & 1], x, y, r, g, b, hr, hg, hb);
  }
}

/** The last quarter of each way, fading out. Time by time rather than particle by particle: memory is read in order. */
function drawTrails(raster, scene, { t, thin }, { index, mask, table }, m, dpr) {
  const { n } = scene, strength = Math.min(.5, .5 * (700 / n) ** .4), wide = dpr > 1.4;
  const times = trailTimes(scene.t, Math.max(0, t - TRAIL), t, n > 3000 ? 3 : n > 1200 ? 2 : 1);
  let from = scene.spareA ??= new Float32Array(2 * n), to = scene.spareB ??= new Float32Array(2 * n);
  const flat = Uint8Array.from(table.flat());
  times.forEach((time, s) => {
    [from, to] = [to, positions(scene, time, from)];
    if (s === 0) return;
    const a0 = strength * (1 - (t - times[s - 1]) / TRAIL), a1 = strength * (1 - (t - time) / TRAIL);
    for (let p = 0, i = 0; p < n; p += thin, i += 2 * thin) {
      const c = 3 * (index[p] & mask);
      raster.line(m.ox + m.sx * from[i], m.oy + m.sy * from[i + 1], m.ox + m.sx * to[i], m.oy + m.sy * to[i + 1],
        flat[c], flat[c + 1], flat[c + 2], a0, a1, wide);
    }
  });
}

/** From `start` to `end` over the stored frames between them; every `stride`-th will do where lines are many and short. */
function trailTimes(t, start, end, stride) {
  const times = [start];
  for (let f = 0; f < t.length; f++) if (f % stride === 0 && t[f] > start + 1e-6 && t[f] < end - 1e-6) times.push(t[f]);
  times.push(end);
  return end > start && t.length > 1 ? times : [];
}

function dust(ink, points, colour, m) {
  ink.fillStyle = colour;
  ink.globalAlpha = Math.min(.5, Math.max(.16, .34 * (1500 / (points.length / 2)) ** .5));
  for (let i = 0; i < points.length; i += 2) {
    ink.fillRect(m.ox + points[i] * m.sx - 1.1, m.oy + points[i + 1] * m.sy - 1.1, 2.2, 2.2);
  }
}

function paintDensity(canvas, d, frame, w, scale, top) {
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

/** Arrows from the centres of the grid: true direction, length in proportion by one scale for all times and panels. */
function drawField(c, scene, frame, map) {
  const { field, bounds } = scene, { rows, cols, v } = field, [f, w] = between(field.t, frame.t);
  const a = 2 * rows * cols * f, b = field.t.length > 1 ? a + 2 * rows * cols : a, k = frame.scales.arrow;
  const stepX = (bounds[1] - bounds[0]) / cols, stepY = (bounds[3] - bounds[2]) / rows;
  c.strokeStyle = frame.theme.arrow;
  c.lineWidth = 1.15;
  c.beginPath();
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const i = 2 * (row * cols + col);
      const dx = (v[a + i] + w * (v[b + i] - v[a + i])) * k * map.sx, dy = (v[a + i + 1] + w * (v[b + i + 1] - v[a + i + 1])) * k * map.sy;
      const x = map.ox + (bounds[0] + (col + .5) * stepX) * map.sx, y = map.oy + (bounds[2] + (row + .5) * stepY) * map.sy;
      arrow(c, x - dx / 2, y - dy / 2, dx, dy);
    }
  }
  c.stroke();
}

export function arrow(c, x, y, dx, dy) {
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
