// Scenes of pictures: a sheet of ten times ten that come out of noise together, and under it the way of one of them as a strip.

import { rgb } from "./colours.js";
import { positionOf } from "./decode.js";

export const COLUMNS = 10, ROWS = 10;
const LABEL = .5, FOOT = 2.15;  // room for the names of the rows and for the strip, in sides of a cell
export const ASPECT = (COLUMNS + LABEL) / (ROWS + FOOT);  // width over height of all of it
const WAY = [0, .2, .4, .6, .8, 1];  // times of the strip
const STEP = 9, GAP = .5 / STEP;  // pixels from one picture to the next; half of what is left between two, in sides of a cell

/** Where everything stands in a plot area: the side of a cell and the corner of the first. */
export function grid(box) {
  const side = Math.min(box.width / (COLUMNS + LABEL), box.height / (ROWS + FOOT));
  const left = box.left + (box.width - side * (COLUMNS + LABEL)) / 2 + LABEL * side;
  return { side, left, top: box.top, strip: box.top + side * (ROWS + .3) };
}

/** The middle of each cell, as the other mappings give the place of a particle. */
export function tiled(box) {
  const { side, left, top } = grid(box);
  return {
    d: 64, reach: side * .7,
    project(points, out) {
      for (let o = 0, p = 0; o < out.length; o += 3, p++) {
        out[o] = left + (p % COLUMNS + .5) * side;
        out[o + 1] = top + (Math.floor(p / COLUMNS) + .5) * side;
        out[o + 2] = 1;
      }
      return out;
    },
  };
}

/** The class of each row where a whole row has one; else none. */
export function rowNames({ labels, n }, columns = COLUMNS) {
  const rows = Math.ceil(n / columns), names = Array.from({ length: rows }, (_, r) => labels[r * columns]);
  return labels.every((label, p) => label === names[Math.floor(p / columns)]) ? names : [];
}

/** How far the data's nearest picture is from one of a scene at its end; null where there is none. */
export function nearestTo(scene, p) {
  if (!scene.nearest) return null;
  const end = positionOf(scene, p, 1), own = scene.nearest.subarray(p * scene.d, (p + 1) * scene.d);
  return Math.sqrt(end.reduce((sum, v, i) => sum + (v - own[i]) ** 2, 0));
}

/** Pixels from −1, the page's ground, to 1, its ink; what lies beyond is as these are. */
export class Greys {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.ink = this.canvas.getContext("2d");
  }

  /** `values`: of so many pictures of 8 × 8 one after another; they come to stand in rows, with nothing between them. */
  fill(values, count, theme, columns = 1) {
    if (this.count !== count) {
      const width = STEP * columns, height = STEP * Math.ceil(count / columns);
      Object.assign(this.canvas, { width, height });
      this.image = this.ink.createImageData(width, height);
      this.words = new Uint32Array(this.image.data.buffer);
      this.count = count;
    }
    if (this.dark !== theme.dark) {
      const to = rgb(theme.strong), from = theme.ground;
      this.table = Uint32Array.from({ length: 256 }, (_, g) => {
        const [r, gr, b] = to.map((v, c) => Math.round(from[c] + (v - from[c]) * g / 255));
        return (255 << 24 | b << 16 | gr << 8 | r) >>> 0;
      });
      this.dark = theme.dark;
    }
    const { words, table } = this, width = STEP * columns;
    for (let i = 0; i < 64 * count; i++) {
      const p = i >> 6, x = p % columns * STEP + (i & 7), y = Math.floor(p / columns) * STEP + (i >> 3 & 7);
      words[y * width + x] = table[Math.max(0, Math.min(255, 127.5 * (values[i] + 1))) | 0];  // a lost pixel is paper
    }
    this.ink.putImageData(this.image, 0, 0);
  }

  show(c, which, x, y, side) {
    c.imageSmoothingEnabled = false;
    c.drawImage(this.canvas, 0, STEP * which, 8, 8, x, y, side, side);
  }
}

/** The pictures as they are at this moment, the names of the rows, and a thin frame about each. */
export function drawSheet(c, scene, places, greys, { box, theme }) {
  const { side, left, top } = grid(box), inner = side * (1 - 2 * GAP);
  greys.fill(places, scene.n, theme, COLUMNS);
  const { width, height } = greys.canvas;
  c.imageSmoothingEnabled = false;
  c.drawImage(greys.canvas, left + GAP * side, top + GAP * side, width * side / STEP, height * side / STEP);  // all at once: one by one takes longer
  c.strokeStyle = theme.line;
  c.lineWidth = 1;
  c.beginPath();
  for (let p = 0; p < scene.n; p++) c.rect(left + (p % COLUMNS + GAP) * side, top + (Math.floor(p / COLUMNS) + GAP) * side, inner, inner);
  c.stroke();
  c.fillStyle = theme.muted;
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.font = `600 ${Math.max(10, Math.round(side * .34))}px ${theme.font}`;
  rowNames(scene).forEach((name, row) => c.fillText(name, left - LABEL * side / 2, top + (row + .5) * side));
}

/** Under the sheet: the way of the picture that is pointed at, and beside its end the one of the data that is nearest; or what to do. */
export function drawStrip(c, scene, greys, { box, theme, highlight, font }) {
  const { side, left, strip } = grid(box), size = side * 1.2, words = Math.max(9, Math.min(font, side * .36));
  c.textBaseline = "top";
  c.font = `${words}px ${theme.font}`;
  c.fillStyle = theme.muted;
  const chosen = highlight !== null && highlight < scene.n;
  if (!chosen) {
    c.textAlign = "left";
    c.fillText("Point at a picture: its way, and the data’s nearest to it.", left, strip + size / 2);
    return;
  }
  const ends = scene.nearest ? [scene.nearest.subarray(highlight * 64, highlight * 64 + 64)] : [];
  const all = [...WAY.map(t => positionOf(scene, highlight, t)), ...ends], step = ((COLUMNS - 2 * GAP) * side - size * all.length) / (all.length - .4);
  greys.fill(all.flatMap(values => [...values]), all.length, theme);
  c.textAlign = "center";
  all.forEach((_, i) => {
    const last = i === WAY.length, x = left + GAP * side + i * (size + step) + (last ? .6 * step : 0);
    greys.show(c, i, x, strip, size);
    c.strokeStyle = last ? theme.target : theme.line;
    c.lineWidth = last ? 2 : 1;
    c.strokeRect(x, strip, size, size);
    c.fillStyle = last ? theme.target : theme.muted;
    c.textAlign = last ? "right" : "center";
    c.fillText(last ? `nearest, ${nearestTo(scene, highlight).toFixed(1)}` : i ? WAY[i].toString().replace(/^0/, "") : "t = 0", x + (last ? size : size / 2), strip + size + 4);
  });
  const x = left + (highlight % COLUMNS) * side, y = box.top + Math.floor(highlight / COLUMNS) * side;
  c.strokeStyle = theme.target;
  c.lineWidth = 3;
  c.strokeRect(x + 1, y + 1, side - 2, side - 2);
}
