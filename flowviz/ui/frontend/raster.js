// Thousands of short lines and dots, drawn into plain memory.
// A 2D canvas without a GPU needs some 40 ms for 75,000 line pieces; this needs about 5, and fades each trail towards its end.

export class Raster {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d");
    this.resize(1, 1);
  }

  resize(width, height) {
    if (this.image && this.width === width && this.height === height) return;
    this.width = this.canvas.width = width;
    this.height = this.canvas.height = height;
    this.image = this.context.createImageData(width, height);
    this.pixels = this.image.data;
    this.words = new Uint32Array(this.pixels.buffer);
  }

  clear() {
    this.words.fill(0);
  }

  /** Shows what has been drawn, at (x, y) of another context whose unit is one pixel. */
  show(context, x, y) {
    this.context.putImageData(this.image, 0, 0);
    context.drawImage(this.canvas, x, y);
  }

  /** Lays a colour with opacity a over pixel i (counted in pixels). */
  blend(i, r, g, b, a) {
    const p = this.pixels;
    i <<= 2;
    const below = p[i + 3];
    if (below === 0) {
      p[i] = r; p[i + 1] = g; p[i + 2] = b; p[i + 3] = a * 255;
      return;
    }
    const out = a + below * (1 - a) / 255, w = a / out;
    p[i] += (r - p[i]) * w;
    p[i + 1] += (g - p[i + 1]) * w;
    p[i + 2] += (b - p[i + 2]) * w;
    p[i + 3] = out * 255;
  }

  /**
   * A smooth line one pixel wide (two with `wide`), its opacity running from a0 to a1. The last point belongs to the next line.
   * Each step along the longer direction colours the two (or three) pixels across it by how near they are.
   */
  line(x0, y0, x1, y1, r, g, b, a0, a1, wide) {
    const dx = x1 - x0, dy = y1 - y0, steep = Math.abs(dy) > Math.abs(dx);
    const steps = Math.ceil(steep ? Math.abs(dy) : Math.abs(dx)), W = this.width, right = W - 2, bottom = this.height - 2;
    if (!(steps > 0 && steps < 4096)) return;  // also says no to NaN
    const sx = dx / steps, sy = dy / steps, sa = (a1 - a0) / steps, across = steep ? 1 : W;
    for (let s = 0, x = x0, y = y0, a = a0; s < steps; s++, x += sx, y += sy, a += sa) {
      if (x < 1 || y < 1 || x >= right || y >= bottom) continue;
      const minor = steep ? x : y, base = minor | 0, part = minor - base;
      const i = steep ? (y + .5 | 0) * W + base : base * W + (x + .5 | 0);
      if (wide) {
        this.blend(i, r, g, b, a);
        this.blend(i - across, r, g, b, a * (1 - part));
      } else if (part < .96) this.blend(i, r, g, b, a * (1 - part));
      if (part > .04) this.blend(i + across, r, g, b, a * part);
    }
  }

  /** A stamp made by `discStamp` and its relatives, centred at (x, y) to a quarter of a pixel. */
  stamp(stamp, x, y, r, g, b, hr, hg, hb) {
    const { size, reach } = stamp, W = this.width;
    const qx = Math.round(x * 4), qy = Math.round(y * 4), left = (qx >> 2) - reach, top = (qy >> 2) - reach;
    if (x !== x || left <= -size || top <= -size || left >= W || top >= this.height) return;
    const { across, down, body, halo } = stamp.phases[(qy & 3) * 4 + (qx & 3)], first = top * W + left;
    const whole = left >= 0 && top >= 0 && left + size <= W && top + size <= this.height;
    for (let k = 0; k < body.length; k++) {
      const px = across[k], py = down[k], i = first + py * W + px;
      if (!whole && (left + px < 0 || left + px >= W || top + py < 0 || top + py >= this.height)) continue;
      if (halo[k] > 0) this.blend(i, hr, hg, hb, halo[k]);
      if (body[k] > 0) this.blend(i, r, g, b, body[k]);
    }
  }
}

/**
 * The pixels that a marker covers and how much of each, for the sixteen places within a pixel.
 * shape: "disc", "ring" (hollow), "square", "frame" (hollow square). The halo is a thin rim in the background's colour.
 */
export function makeStamp(shape, radius, rim, opacity) {
  const reach = Math.ceil(radius + rim + 1), size = 2 * reach + 1, phases = [];
  const hollow = shape === "ring" || shape === "frame", square = shape === "square" || shape === "frame";
  const stroke = Math.max(1.1, radius * .26);
  const clip = v => Math.min(1, Math.max(0, v));
  for (let phase = 0; phase < 16; phase++) {
    const ox = (phase & 3) / 4, oy = (phase >> 2) / 4;
    const body = new Float32Array(size * size), halo = new Float32Array(size * size);
    for (let k = 0; k < size * size; k++) {
      const x = Math.abs(k % size - reach - ox), y = Math.abs(Math.floor(k / size) - reach - oy);
      const d = square ? Math.max(x, y) / .89 : Math.hypot(x, y);
      const inside = clip(radius + .5 - d);
      body[k] = opacity * (hollow ? inside * clip(d - radius + stroke + .5) : inside);
      const around = rim > 0 ? clip(radius + rim + .5 - d) * (hollow ? clip(d - radius + stroke + .5 + rim) : 1) : 0;
      halo[k] = inside === 1 && !hollow ? 0 : .75 * opacity * around;
    }
    const covered = [...body.keys()].filter(k => body[k] > 0 || halo[k] > 0);
    phases.push({
      across: Uint8Array.from(covered, k => k % size), down: Uint8Array.from(covered, k => Math.floor(k / size)),
      body: Float32Array.from(covered, k => body[k]), halo: Float32Array.from(covered, k => halo[k]),
    });
  }
  return { size, reach, phases };
}
