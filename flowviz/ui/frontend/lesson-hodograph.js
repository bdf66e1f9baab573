// Velocities drawn from one point, so that one sees how far they agree; circles are speeds. The mean is pink.

import { el, tidy } from "./dom.js";

export class Hodograph {
  constructor(lesson, { title, vectors, mean }) {
    Object.assign(this, { vectors, mean });
    this.canvas = el("canvas", { role: "img", "aria-label": title });
    this.root = el("figure", { class: "fv-lesson-chart" }, el("figcaption", {}, title), this.canvas);
    lesson.side.append(this.root);
    lesson.charts.push(this);
  }

  draw(lesson) {
    const width = this.root.clientWidth, height = lesson.sideHeight(width);
    if (!width) return;
    lesson.resize(this.canvas, width, height);
    const c = lesson.pen(this.canvas), { theme, font } = lesson, vectors = this.vectors(lesson), mean = this.mean(lesson);
    const lengths = vectors.map(one => Math.hypot(one.u, one.v)).filter(Number.isFinite);
    const ring = nice(Math.max(1e-6, ...lengths) / 2), scale = (Math.min(width, height) / 2 - font - 4) / (2.1 * ring), x = width / 2, y = height / 2;
    this.rings(c, x, y, ring, scale, theme);
    for (const one of vectors) this.stroke(c, x, y, one, scale, one.colour, font / (vectors.length > 16 ? 14 : 7), one.opacity);
    if (mean) {
      this.stroke(c, x, y, { u: mean[0], v: mean[1] }, scale, theme.background, font / 2.2, 1);
      this.stroke(c, x, y, { u: mean[0], v: mean[1] }, scale, theme.mean, font / 3.4, 1);
    }
    this.speeds(c, x, y, ring, scale, theme, font);
  }

  rings(c, x, y, ring, scale, theme) {
    c.strokeStyle = theme.line;
    c.lineWidth = 1;
    for (const k of [1, 2]) {
      c.beginPath();
      c.arc(x, y, k * ring * scale, 0, 7);
      c.stroke();
    }
  }

  speeds(c, x, y, ring, scale, theme, font) {
    c.fillStyle = theme.muted;
    c.strokeStyle = theme.background;
    c.lineWidth = 3;
    c.font = `${font}px ${theme.font}`;
    c.textAlign = "center";
    c.textBaseline = "bottom";
    for (const k of [1, 2]) {
      const words = tidy(k * ring) + (k === 2 ? " per unit t" : ""), at = y - k * ring * scale - 1;
      c.strokeText(words, x, at);
      c.fillText(words, x, at);
    }
  }

  stroke(c, x, y, { u, v }, scale, colour, width, opacity) {
    const bx = x + scale * u, by = y - scale * v, length = Math.hypot(bx - x, by - y);
    if (!(length > .5) || !Number.isFinite(length)) return;
    const head = Math.min(4 + 3 * width, .6 * length), dx = (bx - x) / length, dy = (by - y) / length;
    c.globalAlpha = opacity;
    c.strokeStyle = c.fillStyle = colour;
    c.lineWidth = width;
    c.beginPath();
    c.moveTo(x, y);
    c.lineTo(bx - .5 * head * dx, by - .5 * head * dy);
    c.stroke();
    c.beginPath();
    c.moveTo(bx, by);
    c.lineTo(bx - head * dx + .5 * head * dy, by - head * dy - .5 * head * dx);
    c.lineTo(bx - head * dx - .5 * head * dy, by - head * dy + .5 * head * dx);
    c.fill();
    c.globalAlpha = 1;
  }
}

/** The next of 1, 2, 5 times a power of ten, so that circles keep their size while the probe moves. */
function nice(value) {
  const base = 10 ** Math.floor(Math.log10(value));
  return base * [1, 2, 5, 10].find(m => value <= m * base * (1 + 1e-9));
}
