// One panel's canvas: every layer at a time t, from back to front. Knows pixels and scenes, no page.

import { between, positions } from "./decode.js";
import { drawAxes } from "./axes.js";
import { drawOwnAxes } from "./units.js";
import { drawCube } from "./cube.js";
import { drawField, paintGrid } from "./grids.js";
import { drawHighlight } from "./highlight.js";
import { drawFoot, drawLines, LINES } from "./lines.js";
import { mappingOf, shade, SHEETS } from "./mapping.js";
import { drawWay } from "./pointer.js";
import { Raster } from "./raster.js";
import { drawSheet, drawStrip, Greys, rowNames } from "./tiles.js";
import { drawDots, drawTrails, look, makeStamps, markerRadius } from "./swarm.js";

const SLICES = 4;  // of a ghost in the volume, each with one opacity

/** How each layer is painted, from back to front. `frame` holds what all layers share, `map` the way to CSS pixels. */
export const PAINTERS = {
  judged: (picture, frame, map) => picture.judged(picture.scenes[0], frame, map),
  density: (picture, frame, map) => picture.density(picture.scenes[0], frame, map),
  source: (picture, frame, map) => picture.ghost("source", frame, map),
  target: (picture, frame, map) => picture.ghost("target", frame, map),
  field: (picture, frame, map) => drawField(picture.context, picture.scenes[0], frame, map),
  trails: (picture, frame) => picture.trails(frame),
  particles: (picture, frame) => (SHEETS[frame.space] ? picture.sheet(frame) : picture.dots(frame)),
};
/** Those that draw into the raster, which is shown once for all that follow each other. */
const INTO_RASTER = new Set(["trails", "particles"]);

/** Whether a scene holds what a layer of the table draws. */
export const holds = (layer, scene) => layer.spaces.includes(scene.space) && (!layer.needs || Boolean(scene[layer.needs]));

/** Whether it does, or will. */
export const promises = (layer, scene) => holds(layer, scene) || (layer.spaces.includes(scene.space) && layer.needs !== "" && scene.awaits === layer.needs);

export class Picture {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.raster = new Raster();
    this.greys = [new Greys(), new Greys()];  // of the sheet and of the strip
    this.axesCanvas = document.createElement("canvas");
    this.densityCanvas = document.createElement("canvas");
    this.judgedCanvas = document.createElement("canvas");
    this.ghostCanvas = { source: document.createElement("canvas"), target: document.createElement("canvas") };
    this.ghostKey = {};
    this.setScenes([]);
  }

  setScenes(scenes) {
    this.scenes = scenes;
    this.places = scenes.map(s => new Float32Array(s.d * s.n));
    this.pixels = scenes.map(s => new Float32Array(3 * s.n));  // x, y in CSS pixels and how near
    this.devicePixels = scenes.map(s => new Float32Array(3 * s.n));
    this.forget();
  }

  /** Cached layers are made anew: after new data, a new theme, a new size. */
  forget() {
    this.densityKey = this.judgedKey = this.stampKey = this.axesKey = null;
    this.ghostKey = {};
  }

  resize(width, height, dpr) {
    const w = Math.round(width * dpr), h = Math.round(height * dpr);
    if (this.canvas.width !== w || this.canvas.height !== h) {
      this.canvas.width = w;
      this.canvas.height = h;
    }
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    Object.assign(this, { width, height, dpr });
  }

  /** frame: {t, layers, table, colour, theme, scales, highlight, way, space, box, range, cube, camera, axes, font, thin, rims} */
  draw(frame) {
    const { context: c, dpr } = this, { box, theme, layers, table, space } = frame, scene = this.scenes[0];
    const map = mappingOf(space, box, frame);
    c.setTransform(dpr, 0, 0, dpr, 0, 0);
    c.clearRect(0, 0, this.width, this.height);
    if (space === "volume") drawCube(c, box, frame.cube, map, theme, frame.font);
    else if (frame.axes && space === "plane") this.axes(frame);
    if (!scene) return;
    this.scenes.forEach((s, i) => map.project(positions(s, frame.t, this.places[i]), this.pixels[i]));
    c.save();
    c.beginPath();
    c.rect(box.left, box.top, box.width, box.height);
    c.clip();
    this.device = null;
    for (const [slug, paint] of Object.entries(PAINTERS)) {
      if (!layers[slug] || !holds(table[slug], scene)) continue;
      if (!INTO_RASTER.has(slug)) this.showRaster(frame);
      paint(this, frame, map);
    }
    this.showRaster(frame);
    c.restore();
    if (space === "image") drawStrip(c, scene, this.greys[1], frame);
    else if (space === "signal") drawFoot(c, scene, frame);
    else if (frame.highlight !== null) drawHighlight(c, this.scenes, frame, map);
    if (frame.way) drawWay(c, frame.way, frame, map);
  }

  /** Numbers and lines that do not move: drawn once for each view and then copied, pixel on pixel. */
  axes({ box, range, theme, units }) {
    const c = this.context, { axesCanvas: a, dpr } = this;
    const key = [theme.dark, theme.font, ...range, ...Object.values(box), dpr, JSON.stringify(units)].join();
    if (key !== this.axesKey) {
      a.width = this.canvas.width;
      a.height = this.canvas.height;
      const ink = a.getContext("2d");
      ink.setTransform(dpr, 0, 0, dpr, 0, 0);
      if (units) drawOwnAxes(ink, box, range, theme, units);
      else drawAxes(ink, box, range, theme);
      this.axesKey = key;
    }
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.drawImage(a, 0, 0);
    c.setTransform(dpr, 0, 0, dpr, 0, 0);
  }

  density(scene, frame, map) {
    const d = scene.density, [f, w] = between(d.t, frame.t), part = Math.round(w * 32);
    const key = `${f} ${part} ${frame.theme.dark} ${frame.scales.density}`;
    if (key !== this.densityKey) {
      paintGrid(this.densityCanvas, d, f, part / 32, frame.theme.scale, frame.scales.density);
      this.densityKey = key;
    }
    this.showGrid(this.densityCanvas, scene, map);
  }

  /** What a discriminator says: does not move, so its colours are made once. */
  judged(scene, frame, map) {
    if (this.judgedKey !== frame.theme.dark) {
      paintGrid(this.judgedCanvas, scene.judged, 0, 0, frame.theme.judged, 1);
      this.judgedKey = frame.theme.dark;
    }
    this.showGrid(this.judgedCanvas, scene, map);
  }

  /** The colours of a grid over the scene's bounds, smooth between its cells. */
  showGrid(canvas, scene, map) {
    const [x0, x1, y0, y1] = scene.bounds, c = this.context;
    c.imageSmoothingEnabled = true;
    c.drawImage(canvas, map.ox + x0 * map.sx, map.oy + y1 * map.sy, (x1 - x0) * map.sx, (y0 - y1) * map.sy);
  }

  /** Where source or target lies: does not move, so it is drawn once for each view and then copied. */
  ghost(name, frame, map) {
    const { theme, box, camera } = frame, c = this.context, g = this.ghostCanvas[name], dpr = this.dpr;
    const view = map.d === 3 ? [...frame.cube, camera.azimuth, camera.elevation, camera.zoom] : frame.range;
    const key = [theme.dark, ...view, box.width, box.height, dpr].join();
    if (key !== this.ghostKey[name]) {
      g.width = Math.round(box.width * dpr);
      g.height = Math.round(box.height * dpr);
      const ink = g.getContext("2d");
      ink.setTransform(dpr, 0, 0, dpr, -box.left * dpr, -box.top * dpr);
      dust(ink, this.scenes[0][name], theme[name], map);
      this.ghostKey[name] = key;
    }
    c.drawImage(g, box.left, box.top, box.width, box.height);
  }

  /** The way to the raster's own pixels; the raster is emptied at the first use in a drawing. */
  ink(frame) {
    if (this.device) return this.device;
    const { box } = frame, dpr = this.dpr, left = Math.round(box.left * dpr), top = Math.round(box.top * dpr);
    this.raster.resize(Math.round(box.width * dpr), Math.round(box.height * dpr));
    this.raster.clear();
    const own = { left: box.left * dpr - left, top: box.top * dpr - top, width: box.width * dpr, height: box.height * dpr };
    return this.device = mappingOf(frame.space, own, frame);
  }

  showRaster({ box }) {
    if (!this.device) return;
    this.device = null;
    const { context: c, dpr } = this;
    c.setTransform(1, 0, 0, 1, 0, 0);
    this.raster.show(c, Math.round(box.left * dpr), Math.round(box.top * dpr));
    c.setTransform(dpr, 0, 0, dpr, 0, 0);
  }

  trails(frame) {
    const map = this.ink(frame);
    for (const s of this.scenes) drawTrails(this.raster, s, frame, look(s, frame), map, this.dpr);
  }

  sheet(frame) {
    if (frame.space === "signal") drawLines(this.context, this.scenes[0], this.places[0], rowNames(this.scenes[0], LINES), frame);
    else drawSheet(this.context, this.scenes[0], this.places[0], this.greys[0], frame);
  }

  dots(frame) {
    const map = this.ink(frame);
    this.scenes.forEach((s, i) => {
      const pixels = map.project(this.places[i], this.devicePixels[i]);
      drawDots(this.raster, s, pixels, look(s, frame), this.stamps(s, i, frame), frame.theme.ground);
    });
  }

  /** The markers of scene i, made anew only where their size or their rim changes. */
  stamps(scene, i, frame) {
    const radius = markerRadius(scene.n, frame.box) * this.dpr, busy = ["density", "judged"].some(layer => frame.layers[layer] && scene[layer]);
    const key = `${radius} ${busy} ${frame.rims} ${this.scenes.length}`;
    if (this.stampKey !== key) {
      const rim = busy || scene.n <= 2500 ? .6 * this.dpr : 0;
      this.markers = [false, true].map(hollow => makeStamps(scene, { radius, rim: frame.rims ? rim : 0, hollow }));
      this.stampKey = key;
    }
    return this.markers[Math.min(i, 1)];
  }
}

function dust(ink, points, colour, map) {
  const pixels = map.project(points, new Float32Array(3 * points.length / map.d)), slices = map.d === 3 ? SLICES : 1;
  const opacity = Math.min(.5, Math.max(.16, .34 * (1500 / (pixels.length / 3)) ** .5));
  ink.fillStyle = colour;
  for (let slice = 0; slice < slices; slice++) {
    ink.globalAlpha = opacity * (slices > 1 ? shade((slice + .5) / slices) : 1);
    for (let i = 0; i < pixels.length; i += 3) {
      if (Math.min(slices - 1, pixels[i + 2] * slices | 0) === slice) ink.fillRect(pixels[i] - 1.1, pixels[i + 1] - 1.1, 2.2, 2.2);
    }
  }
}
