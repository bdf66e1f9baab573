// The exact velocity at a place as an average over the components of the law, in double precision; as in flowviz/exact/field.py.

const LEAST = 1e-12;  // the smallest variance, as there

export class Law {
  /** arrays: lw, m, v, mu, lam of the components, and t, a, s, g, da, ds, dg, sds, gdg of the path. */
  constructor(arrays) {
    this.arrays = arrays;
    this.n = arrays.lw.length;
    this.centred = arrays.m.every(value => value === 0);
    const column = () => new Float64Array(this.n);
    Object.assign(this, { w: column(), mx: column(), my: column(), c: column(), rate: column(), dx: column(), dy: column(), constant: column(), u: column(), v: column() });
    this.i = -1;
  }

  /** All that depends on the time only. */
  moment(i) {
    if (i === this.i) return;
    this.i = i;
    const { lw, m, v, mu, lam, a, s, g, da, ds, sds, gdg } = this.arrays;
    for (let k = 0; k < this.n; k++) {
      const c = Math.max(a[i] * a[i] * lam[k] + s[i] * s[i] * v[k] + g[i] * g[i], LEAST);
      this.mx[k] = a[i] * mu[2 * k] + s[i] * m[2 * k];
      this.my[k] = a[i] * mu[2 * k + 1] + s[i] * m[2 * k + 1];
      this.c[k] = c;
      this.rate[k] = (a[i] * da[i] * lam[k] + sds[i] * v[k] + gdg[i]) / c;
      // σ' may be infinite (vp at t = 1), and times a centred source it is nothing
      this.dx[k] = da[i] * mu[2 * k] + (this.centred ? 0 : ds[i] * m[2 * k]);
      this.dy[k] = da[i] * mu[2 * k + 1] + (this.centred ? 0 : ds[i] * m[2 * k + 1]);
      this.constant[k] = lw[k] - Math.log(c);
    }
  }

  /** Fills w (posterior weights) and u, v (each component's velocity here) and gives their mean, the marginal velocity. */
  velocity(x, y, i) {
    this.moment(i);
    const { n, w, mx, my, c, constant, rate, dx, dy, u, v } = this;
    let top = -Infinity, total = 0, meanU = 0, meanV = 0;
    for (let k = 0; k < n; k++) {
      const px = x - mx[k], py = y - my[k];
      w[k] = constant[k] - .5 * (px * px + py * py) / c[k];
      u[k] = dx[k] + rate[k] * px;
      v[k] = dy[k] + rate[k] * py;
      if (w[k] > top) top = w[k];
    }
    for (let k = 0; k < n; k++) {
      w[k] = Math.exp(Math.max(-60, w[k] - top));
      total += w[k];
      meanU += w[k] * u[k];
      meanV += w[k] * v[k];
    }
    for (let k = 0; k < n; k++) w[k] /= total;
    return [meanU / total, meanV / total];
  }

  /** The pair (x₀, x₁, z) that component k most likely made x from, at the time of the last question. */
  pair(k, x, y) {
    const { m, v, mu, lam, a, s, g } = this.arrays, { i } = this, px = (x - this.mx[k]) / this.c[k], py = (y - this.my[k]) / this.c[k];
    const f0 = s[i] * v[k], f1 = a[i] * lam[k];
    return {
      x0: [m[2 * k] + f0 * px, m[2 * k + 1] + f0 * py],
      x1: [mu[2 * k] + f1 * px, mu[2 * k + 1] + f1 * py],
      z: [g[i] * px, g[i] * py],
    };
  }

  /** The components with most weight, heaviest first, at most `most`, each with at least `least` of the heaviest. */
  heaviest(most, least = .004) {
    const order = Array.from({ length: this.n }, (_, k) => k), top = this.w.reduce((p, q) => Math.max(p, q), 0);
    return order.filter(k => this.w[k] >= least * top).sort((p, q) => this.w[q] - this.w[p]).slice(0, most);
  }
}
