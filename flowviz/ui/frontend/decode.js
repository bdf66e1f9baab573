// Bytes -> panels. The format is described in flowviz/scene/packing.py; nothing here knows a page or Streamlit.

import { signed, waysOf } from "./compact.js";

const LEVELS = 65534;
const NOT_A_NUMBER = 65535;
const KINDS = { uint8: Uint8Array, uint16: Uint16Array, float16: Uint16Array, float32: Float32Array, float64: Float64Array };

/** All 65,536 half-precision numbers, filled at first use: reading a table beats computing powers of two. */
let halves = null;
function halfTable() {
  if (halves) return halves;
  halves = new Float32Array(65536);
  for (let code = 0; code < 65536; code++) {
    const exponent = (code >> 10) & 31, mantissa = code & 1023;
    let value = exponent === 0 ? mantissa * 2 ** -24
      : exponent === 31 ? (mantissa ? NaN : Infinity)
        : (1 + mantissa / 1024) * 2 ** (exponent - 15);
    halves[code] = code & 32768 ? -value : value;
  }
  return halves;
}

export function decode(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  // A copy, because what arrives is a window into a larger message that starts anywhere, and typed arrays need aligned starts.
  const body = bytes.slice(4 + length).buffer;
  const kits = (header.kits ?? []).map(kit => kitOf(kit, body));
  const panels = header.panels.map(p => ({ title: p.title, scenes: p.scenes.map(s => scene(s, body)), kit: kits[p.kit] ?? null }));
  return { id: header.id, options: header.options, layers: header.layers, panels };
}

/** A field that the browser evaluates itself: what field.js takes. */
function kitOf({ arrays, ...about }, body) {
  return { ...about, ...Object.fromEntries(Object.entries(arrays).map(([name, ref]) => [name, array(ref, body)])) };
}

/** Named arrays that were packed as they are: {id, options, arrays: {name: typed array}, shapes}. */
export function decodeArrays(bytes) {
  const header = peek(bytes), view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const body = bytes.slice(4 + view.getUint32(0, true)).buffer, arrays = {}, shapes = {};
  for (const [name, ref] of Object.entries(header.arrays)) [arrays[name], shapes[name]] = [array(ref, body), ref.shape];
  return { id: header.id, options: header.options, arrays, shapes };
}

/** What follows a payload whose scenes await their densities: {options: {key, of}, densities: one for each scene of each panel, or null}. */
export function decodeDensities(bytes) {
  const { options, densities } = peek(bytes), view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const body = bytes.slice(4 + view.getUint32(0, true)).buffer;
  return { ...options, densities: densities.map(panel => panel.map(entry => (entry.density ? density(entry, body) : null))) };
}

/** Only the id and the options, for data that may turn out to be the ones we have. */
export function peek(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + view.getUint32(0, true))));
}

function array(ref, body) {
  const size = ref.shape.reduce((a, b) => a * b, 1);
  return new KINDS[ref.dtype](body, ref.offset, size);
}

const shared = new WeakMap();  // by the memory they lie in, points that several panels have

/** Positions as one flat Float32Array, the d coordinates of each point in turn; NaN where a particle has left the world of numbers. */
function points(ref, body) {
  if (ref.modes) return waysOf(ref, body, array, points);
  if (!shared.has(body)) shared.set(body, new Map());
  const done = shared.get(body), key = JSON.stringify(ref);
  if (!done.has(key)) done.set(key, decoded(ref, body));
  return done.get(key);
}

function decoded(ref, body) {
  const codes = array(ref, body), out = new Float32Array(codes.length), none = codes.BYTES_PER_ELEMENT === 1 ? 255 : NOT_A_NUMBER;
  const d = ref.range.length / 2;
  let lost = false;
  for (let axis = 0; axis < d; axis++) {
    const low = ref.range[2 * axis], step = (ref.range[2 * axis + 1] - low) / (ref.levels ?? LEVELS);
    for (let i = axis; i < codes.length; i += d) {
      if (codes[i] === none) lost = true;
      out[i] = codes[i] === none ? NaN : low + codes[i] * step;
    }
  }
  for (let i = 0; lost && i < out.length; i += d) {
    // A point that has lost one coordinate has lost its place.
    if (out.subarray(i, i + d).includes(NaN)) out.fill(NaN, i, i + d);
  }
  return out;
}

function scene(entry, body) {
  const [k, n, d] = entry.x.shape;
  const out = {
    title: entry.title, kind: entry.kind, note: entry.note, nfe: entry.nfe, steps: entry.steps, rejected: entry.rejected, bounds: entry.bounds, frame: entry.frame ?? null, space: entry.space, k, n, d,
    t: array(entry.t, body), x: points(entry.x, body), labels: array(entry.labels, body),
    target: entry.target ? points(entry.target, body) : null,
    source: entry.source ? points(entry.source, body) : null,
    nearest: entry.nearest ? points(entry.nearest, body) : null,
    field: entry.field ? field(entry, body) : null,
    density: entry.density ? density(entry, body) : null,
    awaits: entry.density_t && !entry.density ? "density" : "",  // what is still to come
    judged: entry.judged ? judged(entry, body) : null,
  };
  out.topSpeed = topSpeed(out);
  return out;
}

function field(entry, body) {
  const table = halfTable(), codes = array(entry.field, body), { step } = entry.field;
  const v = Float32Array.from(codes, step ? c => step * signed(c) : c => table[c]);
  const lengths = new Float32Array(v.length / 2);
  for (let i = 0; i < lengths.length; i++) lengths[i] = Math.hypot(v[2 * i], v[2 * i + 1]);
  lengths.sort();
  const at = q => lengths[Math.min(lengths.length - 1, Math.floor(q * lengths.length))] || 0;
  return { t: array(entry.field_t, body), v, rows: entry.field.shape[1], cols: entry.field.shape[2], longest: at(1), usual: at(.98) };
}

function density(entry, body) {
  const [, rows, cols] = entry.density.shape;
  return { t: array(entry.density_t, body), q: array(entry.density, body), rows, cols, max: entry.density.max };
}

/** What a discriminator says: a grid like the density's, the same at all t, from 0 to 1 without a root. */
function judged(entry, body) {
  const [rows, cols] = entry.judged.shape;
  return { t: [0], q: array(entry.judged, body), rows, cols, max: 1 };
}

/** The speed that 99 in 100 particles stay under; the colour scale of "by speed" ends there. */
function topSpeed(s) {
  const stride = Math.max(1, Math.floor(s.n / 200)), speeds = new Float32Array(Math.ceil(s.n / stride) * Math.max(0, s.k - 1));
  let count = 0;
  for (let f = 0; f + 1 < s.k; f++) {
    const size = s.d * s.n, a = size * f, b = a + size, dt = s.t[f + 1] - s.t[f];
    for (let p = 0; p < s.n; p += stride) {
      let square = 0;
      for (let i = s.d * p; i < s.d * p + s.d; i++) square += (s.x[b + i] - s.x[a + i]) ** 2;
      if (square === square) speeds[count++] = Math.sqrt(square) / dt;
    }
  }
  const sorted = speeds.subarray(0, count).sort();
  return count ? sorted[Math.floor(.99 * (count - 1))] : 0;
}

/** Where t lies between stored times: the frame before it and how far on, 0 to 1. */
export function between(times, t) {
  let low = 0, high = times.length - 1;
  if (high <= 0 || t <= times[0]) return [0, 0];
  if (t >= times[high]) return [high - 1, 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle] <= t) low = middle; else high = middle;
  }
  return [low, (t - times[low]) / (times[high] - times[low])];
}

/** Positions of all particles at time t, into `out`. */
export function positions(s, t, out) {
  const [f, w] = between(s.t, t), size = s.d * s.n, a = size * f, b = s.k > 1 ? a + size : a, x = s.x;
  for (let i = 0; i < size; i++) out[i] = x[a + i] + w * (x[b + i] - x[a + i]);
  return out;
}

/** One particle's position at time t. */
export function positionOf(s, i, t) {
  const [f, w] = between(s.t, t), a = s.d * (s.n * f + i), b = s.k > 1 ? a + s.d * s.n : a;
  return Array.from({ length: s.d }, (_, c) => s.x[a + c] + w * (s.x[b + c] - s.x[a + c]));
}
