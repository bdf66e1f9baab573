// Scenes of series: a sheet of lines that come out of noise together, under it lines of the data, or the way of the one that is pointed at.

import { rgb } from "./colours.js";
import { positionOf } from "./decode.js";

export const LINES = 5;  // in each row
const ROWS = 8;
const WIDE = 2;  // a cell's width over its height
const LABEL = .5, FOOT = 2.9;  // room for the names of the rows and for what stands below, in heights of a cell
export const LINES_ASPECT = (WIDE * LINES + LABEL) / (ROWS + FOOT);  // width over height of all of it
const WAY = [0, .4, .7, .9, 1];  // times of a way: a line takes shape late
const GAP = .05;  // between two cells, in heights of one

/** Where everything stands in a plot area: the height of a cell, the corner of the first, and the top of what stands below. */
function grid(box) {
  const side = Math.min(box.width / (WIDE * LINES + LABEL), box.height / (ROWS + FOOT));
  const left = box.left + (box.width - side * (WIDE * LINES + LABEL)) / 2 + LABEL * side;
  return { side, left, top: box.top, foot: box.top + side * (ROWS + .55) };
}

const cellAt = ({ side, left, top }, p) => [left + p % LINES * WIDE * side, top + Math.floor(p / LINES) * side];

/** The middle of each cell, as the other mappings give the place of a particle. */
export function ruled(box) {
  const place = grid(box);
  return {
    d: 64, reach: place.side * 1.1,
    project(points, out) {
      for (let o = 0, p = 0; o < out.length; o += 3, p++) {
        const [x, y] = cellAt(place, p);
        out[o] = x + place.side * WIDE / 2;
        out[o + 1] = y + place.side / 2;
        out[o + 2] = 1;
      }
      return out;
    },
  };
}

/** The colour of a line at a time: it goes from the source's to the data's. */
const onTheWay = (theme, t) => {
  const [from, to] = [rgb(theme.source), rgb(theme.target)];
  return `rgb(${from.map((v, c) => Math.round(v + t * (to[c] - v)))})`;
};

/** Add a series to the path of a context, inside a cell; what is higher than the cell is cut at its edge, and a lost sample is a gap. */
function trace(c, values, first, x, y, side, top) {
  const inner = side * (1 - 2 * GAP), step = (WIDE * side - 2 * GAP * side) / 63;
  for (let i = 0, down = false; i < 64; i++) {
    const v = values[first + i];
    if (v !== v) { down = false; continue; }
    const at = y + side / 2 - Math.max(-1, Math.min(1, v / top)) * inner / 2;
    if (down) c.lineTo(x + GAP * side + i * step, at); else c.moveTo(x + GAP * side + i * step, at);
    down = true;
  }
}

function frameOf(c, x, y, side) {
  c.rect(x + GAP * side, y + GAP * side, (WIDE - 2 * GAP) * side, (1 - 2 * GAP) * side);
}

/** The lines as they are at this moment, the names of the rows, and a thin frame about each. */
export function drawLines(c, scene, places, names, { box, theme, t }) {
  const place = grid(box), { side, left, top } = place;
  c.strokeStyle = theme.grid;
  c.lineWidth = 1;
  c.beginPath();
  for (let p = 0; p < scene.n; p++) frameOf(c, ...cellAt(place, p), side);
  c.stroke();
  c.strokeStyle = onTheWay(theme, t);
  c.lineWidth = side < 34 ? 1.1 : 1.5;
  c.lineJoin = "round";
  c.beginPath();
  for (let p = 0; p < scene.n; p++) trace(c, places, p * 64, ...cellAt(place, p), side, scene.bounds[1]);
  c.stroke();
  c.fillStyle = theme.muted;
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.font = `600 ${Math.max(10, Math.round(side * .34))}px ${theme.font}`;
  names.forEach((name, row) => c.fillText(name, left - LABEL * side / 2, top + (row + .5) * side));
}

/** Under the sheet: series of the data, to compare with; or the way of the line that is pointed at. */
export function drawFoot(c, scene, { box, theme, highlight, font }) {
  const place = grid(box), { side, left, foot } = place, chosen = highlight !== null && highlight < scene.n;
  const words = Math.max(9, Math.min(font, side * .36)), step = WIDE * side;
  c.textBaseline = "bottom";
  c.textAlign = "left";
  c.font = `${words}px ${theme.font}`;
  c.fillStyle = theme.muted;
  c.lineJoin = "round";
  if (!chosen) {
    if (!scene.target) return;
    c.fillText("Of the data, to compare with. Point at a line: its way.", left + GAP * side, foot - 2);
    c.strokeStyle = theme.grid;
    c.lineWidth = 1;
    c.beginPath();
    const count = Math.min(2 * LINES, scene.target.length / 64), at = i => [left + i % LINES * step, foot + Math.floor(i / LINES) * side];
    for (let i = 0; i < count; i++) frameOf(c, ...at(i), side);
    c.stroke();
    c.strokeStyle = theme.target;
    c.lineWidth = side < 34 ? 1.1 : 1.5;
    c.beginPath();
    for (let i = 0; i < count; i++) trace(c, scene.target, 64 * i, ...at(i), side, scene.bounds[1]);
    c.stroke();
    return;
  }
  WAY.forEach((t, i) => {
    const x = left + i * step, values = positionOf(scene, highlight, t);
    c.strokeStyle = theme.line;
    c.lineWidth = 1;
    c.beginPath();
    frameOf(c, x, foot, side);
    c.stroke();
    c.strokeStyle = onTheWay(theme, t);
    c.lineWidth = 1.6;
    c.beginPath();
    trace(c, values, 0, x, foot, side, scene.bounds[1]);
    c.stroke();
    c.fillText(`t = ${t}`, x + GAP * side, foot - 2);
  });
  c.strokeStyle = theme.strong;
  c.lineWidth = 2;
  const [x, y] = cellAt(place, highlight);
  c.strokeRect(x + GAP * side, y + GAP * side, (WIDE - 2 * GAP) * side, (1 - 2 * GAP) * side);
}
