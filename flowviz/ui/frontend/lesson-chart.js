// A small chart beside a picture: a few lines over t (or another number), each with its name on it, and the moment marked.

import { ticks, tickText } from "./axes.js";
import { el } from "./dom.js";

export class Chart {
  /** lines(lesson) gives [{name, colour, x, y, dash, faint}]; mark(lesson) gives where on x the moment is; floors: [{name, y}]. */
  constructor(lesson, { title, lines, mark = null, floors = () => [], x = [0, 1], log = false, across = "t", marks = [0, .5, 1] }) {
    Object.assign(this, { lesson, lines, mark, floors, x, log, across, marks });
    this.canvas = el("canvas", { role: "img", "aria-label": title });
    this.root = el("figure", { class: "fv-lesson-chart" }, el("figcaption", {}, title), this.canvas);
    lesson.side.append(this.root);
    lesson.charts.push(this);
  }

  draw(lesson) {
    const width = this.root.clientWidth, height = lesson.sideHeight(width);
    if (!width) return;
    lesson.resize(this.canvas, width, height);
    const c = lesson.pen(this.canvas), font = lesson.font, { theme } = lesson, lines = this.lines(lesson), floors = this.floors(lesson);
    const values = [...lines.flatMap(l => [...l.y]), ...floors.map(f => f.y)].filter(Number.isFinite);
    const top = 1.08 * Math.max(1e-9, ...values), low = Math.min(0, ...values);
    const box = { left: 2.9 * font, top: 8, width: width - 3.9 * font, height: height - 8 - 2.4 * font };
    const place = v => (this.log ? Math.log(v / this.x[0]) / Math.log(this.x[1] / this.x[0]) : (v - this.x[0]) / (this.x[1] - this.x[0]));
    const px = v => box.left + place(v) * box.width, py = v => box.top + (top - v) / (top - low) * box.height;
    this.axes(c, box, [low, top], px, py, theme, font);
    const taken = floors.map(f => this.floor(c, f, box, py, theme, font));
    if (this.mark) this.moment(c, px(this.mark(lesson)), box, theme);
    const strokes = lines.map(l => along(Array.from(l.x, (x, i) => [px(x), py(l.y[i])])));
    for (const l of lines) this.curve(c, l, px, py, lesson);
    lines.forEach((l, k) => this.name(c, l, strokes, k, lesson, box, taken));
  }

  axes(c, box, [low, top], px, py, theme, font) {
    c.font = `${font}px ${theme.font}`;
    c.lineWidth = 1;
    c.strokeStyle = theme.grid;
    c.fillStyle = theme.muted;
    c.beginPath();
    const ys = ticks(low, top, box.height, 34 * font / 12);
    c.textAlign = "right";
    c.textBaseline = "middle";
    for (const v of ys.values) {
      c.moveTo(box.left, py(v));
      c.lineTo(box.left + box.width, py(v));
      c.fillText(tickText(v, ys.step), box.left - 5, py(v));
    }
    c.stroke();
    c.textAlign = "center";
    c.textBaseline = "top";
    const below = box.top + box.height + 5;
    for (const v of this.marks) c.fillText(String(v), px(v), below);
    c.fillText(this.across, this.log ? box.left + .88 * box.width : this.marks.length ? px(.75) : px(.5), below);
    c.strokeStyle = theme.line;
    c.strokeRect(box.left + .5, box.top + .5, box.width, box.height);
  }

  floor(c, { name, y }, box, py, theme, font) {
    c.setLineDash([5, 4]);
    c.strokeStyle = theme.text;
    c.beginPath();
    c.moveTo(box.left, py(y));
    c.lineTo(box.left + box.width, py(y));
    c.stroke();
    c.setLineDash([]);
    c.fillStyle = theme.text;
    c.textAlign = "left";
    c.textBaseline = "bottom";
    c.font = `${font}px ${theme.font}`;
    const at = py(y) - 2 < box.top + font ? py(y) + font + 4 : py(y) - 2;
    c.fillText(name, box.left + 5, at);
    return [box.left, at - font, box.left + 5 + c.measureText(name).width, at];
  }

  moment(c, x, box, theme) {
    c.strokeStyle = theme.text;
    c.lineWidth = 1.5;
    c.beginPath();
    c.moveTo(x, box.top);
    c.lineTo(x, box.top + box.height);
    c.stroke();
  }

  curve(c, { colour, x, y, dash, faint, now = null }, px, py, lesson) {
    c.globalAlpha = faint ? .45 : 1;
    c.strokeStyle = colour;
    c.lineWidth = faint ? 1.5 : 2.5;
    c.setLineDash(dash ?? []);
    c.beginPath();
    for (let i = 0; i < x.length; i++) if (Number.isFinite(y[i])) c.lineTo(px(x[i]), py(y[i]));
    c.stroke();
    c.setLineDash([]);
    if (now) {
      c.fillStyle = colour;
      c.beginPath();
      c.arc(px(now[0]), py(now[1]), lesson.font / 2.4, 0, 7);
      c.fill();
    }
    c.globalAlpha = 1;
  }

  /** A name beside its curve, moved along it to where no other name and no curve stands. */
  name(c, { name: text, colour, label = .5 }, strokes, own, lesson, box, taken) {
    if (!text) return;
    c.font = `600 ${lesson.font + 1}px ${lesson.theme.font}`;
    const w = c.measureText(text).width, h = lesson.font + 4, points = strokes[own], tried = [];
    for (const share of [label, .3, .7, .15, .85, .5, 1, 0]) {
      const [x, y] = points[Math.round(share * (points.length - 1))];
      const cx = Math.min(box.left + box.width - w / 2 - 3, Math.max(box.left + w / 2 + 3, x));
      for (const dy of [-h, h, -1.8 * h, 1.8 * h]) {
        const r = [cx - w / 2, y + dy - h / 2, cx + w / 2, y + dy + h / 2];
        if (!(r[1] > box.top && r[3] < box.top + box.height)) continue;
        const over = taken.filter(o => r[0] < o[2] && o[0] < r[2] && r[1] < o[3] && o[1] < r[3]).length;
        const crossed = strokes.flat().filter(([px, py]) => px > r[0] && px < r[2] && py > r[1] && py < r[3]).length;
        tried.push({ r, bad: 1000 * over + crossed });
      }
    }
    const best = tried.reduce((p, q) => (q.bad < p.bad ? q : p), tried[0]);
    if (!best) return;
    taken.push(best.r);
    const [x, y] = [(best.r[0] + best.r[2]) / 2, (best.r[1] + best.r[3]) / 2];
    c.textAlign = "center";
    c.textBaseline = "middle";
    c.lineWidth = 4;
    c.lineJoin = "round";
    c.strokeStyle = lesson.theme.background;
    c.strokeText(text, x, y);
    c.fillStyle = colour;
    c.fillText(text, x, y);
  }
}

/** Points of a line, and more between them where they are far apart. */
function along(points) {
  if (points.length > 60) return points;
  return points.flatMap(([x, y], i) => {
    const [nx, ny] = points[i + 1] ?? [x, y];
    return [0, .2, .4, .6, .8].map(share => [x + share * (nx - x), y + share * (ny - y)]);
  });
}

/** α, σ and, where there is one, γ over t, in the colours of x₁, x₀ and z. */
export function coefficients(lesson) {
  const { t, a, s, g } = lesson.arrays, { theme, i } = lesson, noisy = g.some(v => v > 0);
  const one = (name, colour, y, label, dash) => ({ name, colour, x: t, y, label, dash, now: [t[i], y[i]] });
  return [one("α", theme.target, a, .75), one("σ", theme.source, s, .25, [7, 3]), ...(noisy ? [one("γ", theme.noise, g, .5, [2, 3])] : [])];
}
