// A field from its kit (flowviz/scene/kit.py): the velocity anywhere at the kit's times, and the way of a place by RK4.
// Knows no page, no player and no path: a kit is {kind, times, …} with typed arrays, all flat.

const NEGLIGIBLE = -60;  // of a component's log weight against the greatest
const FAR = 1e5;         // where a way is given up
const WORK = 6e6;        // products in one way that a browser does within a frame; a component counts as eight
export const COARSEST = 8;  // the longest stride

/** The velocity [vx, vy] at (x, y) and at the kit's time number `node`. */
export function evaluate(kit, x, y, node) {
  const out = [0, 0];
  fieldOf(kit)(x, y, node, out);
  return out;
}

/**
 * The way of (x, y) from time number `node`, an even one, to both ends: {back, on}, flat arrays of x and y that begin at the place.
 * A step is `stride` pairs of nodes long, a power of two. A way that runs out of all bounds ends there: `lost` says which does.
 */
export function trace(kit, x, y, node, stride = 1) {
  const lost = {};
  const to = (name, end) => walk(kit, x, y, node, end, stride, () => { lost[name] = true; });
  return { back: to("back", 0), on: to("on", kit.times.length - 1), lost };
}

/** The even node whose time is nearest to t. */
export function nodeAt(kit, t) {
  const { times } = kit, last = times.length - 1, share = (t - times[0]) / (times[last] - times[0]);
  return 2 * Math.round(Math.min(1, Math.max(0, share)) * last / 2);
}

/** The stride whose way is likely to be there within a frame: 1 for all but large networks and laws. */
export function strideFor(kit) {
  const width = kit.first?.length / 2, each = kit.kind === "network" ? width * width * kit.depth : 8 * kit.weights.length;
  const most = 2 * kit.times.length * each / WORK;
  return Math.min(COARSEST, 2 ** Math.max(0, Math.ceil(Math.log2(most))));
}

function walk(kit, x, y, node, end, stride, lose) {
  const { times } = kit, velocity = fieldOf(kit), way = [x, y], a = [0, 0], b = [0, 0], c = [0, 0], d = [0, 0];
  while (node !== end) {
    const half = Math.sign(end - node) * Math.min(stride, Math.abs(end - node) / 2), middle = node + half;
    const h = times[node + 2 * half] - times[node];
    velocity(x, y, node, a);
    velocity(x + .5 * h * a[0], y + .5 * h * a[1], middle, b);
    velocity(x + .5 * h * b[0], y + .5 * h * b[1], middle, c);
    node += 2 * half;
    velocity(x + h * c[0], y + h * c[1], node, d);
    x += h / 6 * (a[0] + 2 * b[0] + 2 * c[0] + d[0]);
    y += h / 6 * (a[1] + 2 * b[1] + 2 * c[1] + d[1]);
    if (!(Math.abs(x) + Math.abs(y) < FAR)) {
      lose();
      break;
    }
    way.push(x, y);
  }
  return way;
}

const prepared = new WeakMap();  // by kit: (x, y, node, out) => void
const KINDS = { network, mixture };

function fieldOf(kit) {
  let field = prepared.get(kit);
  if (!field) prepared.set(kit, field = KINDS[kit.kind](kit));
  return field;
}

// ---- a network: layers of one width, each a sum and a nonlinearity

const ACTIVATIONS = {
  silu: z => z / (1 + Math.exp(-z)),
  relu: z => (z > 0 ? z : 0),
  tanh: Math.tanh,
  gelu: z => .5 * z * (1 + erf(z * Math.SQRT1_2)),
  selu: z => 1.0507009873554805 * (z > 0 ? z : 1.6732632423543772 * Math.expm1(z)),
};

/** Off by less than 1.2e-7 (Press et al., Numerical Recipes, section 6.2). */
function erf(z) {
  const t = 1 / (1 + .5 * Math.abs(z));
  const tail = t * Math.exp(-z * z - 1.26551223 + t * (1.00002368 + t * (.37409196 + t * (.09678418 + t * (-.18628806
    + t * (.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-.82215223 + t * .17087277)))))))));
  return z >= 0 ? 1 - tail : tail - 1;
}

function network(kit) {
  const { rows, first, scale, depth } = kit, width = first.length / 2, bend = ACTIVATIONS[kit.activation];
  const layers = Array.from({ length: depth }, (_, l) => [Float64Array.from(kit[`weight${l + 1}`]), Float64Array.from(kit[`bias${l + 1}`])]);
  const said = new Float64Array(2);
  let now = new Float64Array(width), next = new Float64Array(width);
  return (x, y, node, out) => {
    for (let i = 0, r = node * width; i < width; i++) now[i] = bend(rows[r + i] + first[2 * i] * x + first[2 * i + 1] * y);
    for (let l = 0; l < depth - 1; l++) {
      sums(...layers[l], now, next);
      for (let i = 0; i < width; i++) next[i] = bend(next[i]);
      [now, next] = [next, now];
    }
    sums(...layers[depth - 1], now, said);
    const a = scale[2 * node], b = scale[2 * node + 1];
    out[0] = a * x + b * said[0];
    out[1] = a * y + b * said[1];
  };
}

/** weights · values + bias, into `out`: two rows at a time, in two sums each, which a processor adds up side by side. */
function sums(weights, bias, values, out) {
  const width = values.length;
  for (let i = 0; i < bias.length; i += 2) {
    let a = bias[i], b = 0, c = bias[i + 1], d = 0;
    for (let j = 0, w = i * width, u = w + width; j < width; j += 2, w += 2, u += 2) {
      const p = values[j], q = values[j + 1];
      a += weights[w] * p;
      b += weights[w + 1] * q;
      c += weights[u] * p;
      d += weights[u + 1] * q;
    }
    out[i] = a + b;
    out[i + 1] = c + d;
  }
}

// ---- a mixture of Gaussian pairs

const PARTS = 7;  // numbers of a component at one time

function mixture(kit) {
  const count = kit.weights.length, logs = new Float64Array(count), nodes = [];
  return (x, y, node, out) => {
    const parts = nodes[node] ??= mixtureAt(kit, node), half = -.5 * (x * x + y * y);
    let top = -Infinity, total = 0, vx = 0, vy = 0;
    for (let k = 0, p = 0; k < count; k++, p += PARTS) {
      const log = logs[k] = parts[p] + x * parts[p + 1] + y * parts[p + 2] + half * parts[p + 3];
      if (log > top) top = log;
    }
    for (let k = 0, p = 4; k < count; k++, p += PARTS) {
      const log = logs[k] - top;
      if (log < NEGLIGIBLE) continue;
      const w = Math.exp(log), rate = parts[p + 2];
      total += w;
      vx += w * (parts[p] + rate * x);
      vy += w * (parts[p + 1] + rate * y);
    }
    out[0] = vx / total;
    out[1] = vy / total;
  };
}

/** Of each component: log w − |M|²/2C − log C, M/C, 1/C, M' − (h/C) M, h/C. */
function mixtureAt({ table, weights, m, s, mu, lam, least }, node) {
  const [a, sigma, gamma2, da, ds, ada, sds, gdg] = table.subarray(8 * node, 8 * node + 8), parts = new Float64Array(PARTS * weights.length);
  for (let k = 0, p = 0; k < weights.length; k++, p += PARTS) {
    const mx = a * mu[2 * k] + sigma * m[2 * k], my = a * mu[2 * k + 1] + sigma * m[2 * k + 1];
    const variance = Math.max(least, a * a * lam[k] + sigma * sigma * s[k] + gamma2);
    const rate = (ada * lam[k] + sds * s[k] + gdg) / variance;
    parts[p] = Math.log(weights[k] / variance) - .5 * (mx * mx + my * my) / variance;
    parts[p + 1] = mx / variance;
    parts[p + 2] = my / variance;
    parts[p + 3] = 1 / variance;
    parts[p + 4] = da * mu[2 * k] + ds * m[2 * k] - rate * mx;
    parts[p + 5] = da * mu[2 * k + 1] + ds * m[2 * k + 1] - rate * my;
    parts[p + 6] = rate;
  }
  return parts;
}
