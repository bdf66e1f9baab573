// Strokes that several pictures of the lecture use: arrows, dots, rings, lines through points.

export function dots(c, lesson, xy, radius, colour, opacity = 1) {
  c.globalAlpha = opacity;
  c.fillStyle = colour;
  c.beginPath();
  for (let i = 0; i < xy.length; i += 2) {
    const x = lesson.px(xy[i]), y = lesson.py(xy[i + 1]);
    c.moveTo(x + radius, y);
    c.arc(x, y, radius, 0, 7);
  }
  c.fill();
  c.globalAlpha = 1;
}

/** An arrow from a place along a velocity, as long as the way that it makes in `dt`. */
export function arrow(c, lesson, x, y, u, v, dt, { colour, width = 2, opacity = 1, halo = null }) {
  const ax = lesson.px(x), ay = lesson.py(y), bx = lesson.px(x + dt * u), by = lesson.py(y + dt * v);
  const length = Math.hypot(bx - ax, by - ay);
  if (!(length > .5) || !Number.isFinite(length)) return;
  const head = Math.min(4 + 3 * width, .6 * length), dx = (bx - ax) / length, dy = (by - ay) / length;
  c.globalAlpha = opacity;
  c.lineCap = "round";
  for (const [stroke, w] of halo ? [[halo, width + 3], [colour, width]] : [[colour, width]]) {
    c.strokeStyle = stroke;
    c.lineWidth = w;
    c.beginPath();
    c.moveTo(ax, ay);
    c.lineTo(bx - .5 * head * dx, by - .5 * head * dy);
    c.stroke();
    if (w !== width) continue;
    c.fillStyle = colour;
    c.beginPath();
    c.moveTo(bx, by);
    c.lineTo(bx - head * dx + .5 * head * dy, by - head * dy - .5 * head * dx);
    c.lineTo(bx - head * dx - .5 * head * dy, by - head * dy + .5 * head * dx);
    c.fill();
  }
  c.globalAlpha = 1;
}

/** A line through points given as x(i), y(i) for i = 0 … n − 1, in the plane. */
export function line(c, lesson, n, x, y) {
  c.beginPath();
  for (let i = 0; i < n; i++) c.lineTo(lesson.px(x(i)), lesson.py(y(i)));
}

export function disc(c, lesson, x, y, radius, fill, rim) {
  c.beginPath();
  c.arc(lesson.px(x), lesson.py(y), radius, 0, 7);
  c.fillStyle = fill;
  c.fill();
  if (!rim) return;
  c.lineWidth = 2;
  c.strokeStyle = rim;
  c.stroke();
}

/** Words on a veil, so that they can be read over anything. */
export function label(c, lesson, text, px, py, colour, { align = "left", bold = true } = {}) {
  c.font = `${bold ? 600 : 400} ${lesson.font + 1}px ${lesson.theme.font}`;
  c.textAlign = align;
  c.textBaseline = "middle";
  c.lineWidth = 4;
  c.lineJoin = "round";
  c.strokeStyle = lesson.theme.background;
  c.strokeText(text, px, py);
  c.fillStyle = colour;
  c.fillText(text, px, py);
}
