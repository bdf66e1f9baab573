// The small form of what the feed brings: flowviz/scene/compact.py says how it is made.

/** 0, 1, 2, 3, … as 0, -1, 1, -2, … */
export const signed = code => (code >>> 1) ^ -(code & 1);

export async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Positions from modes over time and the particles' weights; strays have all their frames. */
export function waysOf(ref, body, array, points) {
  // Of pictures each pixel is carried by itself.
  const [k, n, all] = ref.shape, size = n * all, d = ref.each ?? all, [, r] = ref.modes.shape, modes = array(ref.modes, body), out = new Float32Array(k * size);
  for (let f = 0; f < k; f++) {
    for (let axis = 0; axis < d; axis++) for (let i = axis; i < size; i += d) out[f * size + i] = ref.middle[axis];
  }
  const bytes = array(ref.weights, body), high = r * size, weights = new Float32Array(size);
  for (let m = 0; m < r; m++) {
    for (let i = 0, j = m * size; i < size; i++, j++) weights[i] = ref.step * signed(bytes[j] | bytes[high + j] << 8);
    for (let f = 0; f < k; f++) {
      const u = modes[f * r + m], from = f * size;
      for (let i = 0; i < size; i++) out[from + i] += u * weights[i];
    }
  }
  const strays = array(ref.strays, body), ways = points(ref.ways, body), own = strays.length * d;
  for (let f = 0; f < k; f++) {
    for (let s = 0; s < strays.length; s++) {
      for (let axis = 0; axis < d; axis++) out[f * size + strays[s] * d + axis] = ways[f * own + s * d + axis];
    }
  }
  return out;
}
