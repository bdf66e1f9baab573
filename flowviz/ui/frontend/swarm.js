// Trails and particles: thousands of short lines and dots, drawn into plain memory.

import { between, positions } from "./decode.js";
import { rgb, speedColours } from "./colours.js";
import { shade, sizeOf } from "./mapping.js";
import { makeStamp } from "./raster.js";

export const TRAIL = .25;
const LEVELS = 6;  // sizes of markers in the volume

/** Radius in CSS pixels: a thousand particles should neither vanish nor cover each other. */
export function markerRadius(n, box) {
  const room = Math.min(box.width, box.height) / 440;
  return Math.max(1.1, Math.min(3.4, 2.5 * Math.sqrt(room) * (800 / Math.max(n, 60)) ** .22));
}

/** The colour index of every particle and the table it points into. */
export function look(scene, frame) {
  if (frame.colour !== "speed") {
    return { index: scene.labels, mask: 7, table: frame.theme.palette.map(rgb), labels: scene.labels };
  }
  const table = speedColours(frame.theme.dark), top = frame.scales.speed || 1, { d, n, x } = scene;
  const index = scene.speedIndex ??= new Uint8Array(n);
  const [f] = between(scene.t, frame.t), a = d * n * f, b = scene.k > 1 ? a + d * n : a;
  const dt = scene.k > 1 ? scene.t[f + 1] - scene.t[f] : 1;
  for (let p = 0; p < n; p++) {
    let square = 0;
    for (let i = d * p; i < d * p + d; i++) square += (x[b + i] - x[a + i]) ** 2;
    index[p] = Math.min(63, 63 * Math.sqrt(square) / dt / top);
  }
  return { index, mask: 63, table, labels: scene.labels };
}

/**
 * Markers of a scene: filled for the first, hollow for the second; square where the palette begins again.
 * One set in the plane, one a size in the volume: [size][square].
 */
export function makeStamps(scene, { radius, rim, hollow }) {
  const sizes = scene.d === 3 ? Array.from({ length: LEVELS }, (_, i) => sizeOf((i + .5) / LEVELS)) : [1];
  const shapes = hollow ? ["ring", "frame"] : ["disc", "square"];
  // A ring leaves room for the dot that it may lie around, and has no rim that would hide that dot.
  return sizes.map(size => shapes.map(shape => makeStamp(shape, radius * size * (hollow ? 1.6 : 1), hollow ? 0 : rim, .92)));
}

/** `pixels`: x, y, near of every particle, in the raster's own pixels. In the volume from back to front. */
export function drawDots(raster, scene, pixels, { index, mask, table, labels }, stamps, [hr, hg, hb]) {
  const order = scene.d === 3 ? fromBehind(scene, pixels) : null, most = stamps.length - 1;
  for (let q = 0; q < scene.n; q++) {
    const p = order ? order[q] : q, x = pixels[3 * p], y = pixels[3 * p + 1], near = pixels[3 * p + 2];
    const [r, g, b] = table[index[p] & mask], own = order ? shade(near) : 1, rest = 1 - own;
    const stamp = stamps[Math.min(most, near * stamps.length | 0)][labels[p] >> 3 & 1];
    raster.stamp(stamp, x, y, own * r + rest * hr, own * g + rest * hg, own * b + rest * hb, hr, hg, hb);
  }
}

/** The particles from the furthest to the nearest, sorted into 256 slices. */
function fromBehind(scene, pixels) {
  const { n } = scene, order = scene.order ??= new Uint16Array(n), start = new Uint32Array(257);
  const slice = p => pixels[3 * p + 2] * 255 | 0;  // not a number becomes 0
  for (let p = 0; p < n; p++) start[slice(p) + 1]++;
  for (let s = 1; s < 257; s++) start[s] += start[s - 1];
  for (let p = 0; p < n; p++) order[start[slice(p)]++] = p;
  return order;
}

/** The last quarter of each way, fading out; where time falls it lies ahead in t. Time by time rather than particle by particle: memory is read in order. */
export function drawTrails(raster, scene, { t, thin, ahead }, { index, mask, table }, map, dpr) {
  const { n, d } = scene, strength = Math.min(.5, .5 * (700 / n) ** .4), wide = dpr > 1.4;
  const stride = n > 3000 ? 3 : n > 1200 ? 2 : 1;
  const times = ahead ? trailTimes(scene.t, t, Math.min(1, t + TRAIL), stride).reverse() : trailTimes(scene.t, Math.max(0, t - TRAIL), t, stride);
  const places = scene.spare ??= new Float32Array(d * n);
  let from = scene.spareA ??= new Float32Array(3 * n), to = scene.spareB ??= new Float32Array(3 * n);
  const flat = Uint8Array.from(table.flat());
  times.forEach((time, s) => {
    [from, to] = [to, map.project(positions(scene, time, places), from)];
    if (s === 0) return;
    const a0 = strength * (1 - Math.abs(t - times[s - 1]) / TRAIL), a1 = strength * (1 - Math.abs(t - time) / TRAIL);
    for (let p = 0, i = 0; p < n; p += thin, i += 3 * thin) {
      const c = 3 * (index[p] & mask);
      raster.line(from[i], from[i + 1], to[i], to[i + 1], flat[c], flat[c + 1], flat[c + 2], a0 * shade(from[i + 2]), a1 * shade(to[i + 2]), wide);
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
