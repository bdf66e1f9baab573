// A row of panels with one clock, one zoom, one highlighted particle and one animation loop. Knows no Streamlit.

import { Budget } from "./budget.js";
import { Camera } from "./camera.js";
import { Clock } from "./clock.js";
import { readTheme } from "./colours.js";
import { Controls } from "./controls.js";
import { el } from "./dom.js";
import { promises } from "./draw.js";
import { listenToKeys } from "./keys.js";
import { arrowPixels, commonScales, Legend } from "./legend.js";
import { SHEETS } from "./mapping.js";
import { Memory } from "./memory.js";
import { Panel } from "./panel.js";
import { pixelRatio, watchSize } from "./pixels.js";
import { Pointer } from "./pointer.js";
import { Report } from "./report.js";
import { Zoom } from "./zoom.js";

const SELDOM = 100;  // milliseconds between two words of a slow machine that plays, and, while another picture is awaited, between two drawings
const SHARE = 8;     // or so many times as long as one takes
const NAP = 80;  // milliseconds between two looks at the clock of a player out of sight: less than the clock takes for a stall
const GAP = 16, LEAST_WIDTH = 280, LEAST_OF_MANY = 225, LEAST_OF_FIVE = 185, LEAST_HEIGHT = 200;

export class Stage {
  constructor(key, { loadPlotly = null, awaited = () => false } = {}) {
    Object.assign(this, { loadPlotly, awaited, panels: [], hovered: null, pinned: null });
    Object.assign(this, { dirty: true, visible: true, started: false, raf: 0 });
    this.clock = new Clock();
    this.zoom = new Zoom(this);
    this.camera = new Camera(this);
    this.budget = new Budget();
    this.memory = new Memory(key);
    this.controls = new Controls(this);
    this.pointer = new Pointer(this);
    this.legend = new Legend();
    this.row = el("div", { class: "fv-row" });
    this.root = el("div", { class: "fv-player", "data-testid": "fv-stage", "data-player": key, tabindex: 0, role: "group", "aria-label": "Moving picture" },
      this.row, this.legend.root, this.controls.root);
    this.report = new Report(this.root);
    this.root.stage = this;  // for the browser's console and for tests
    this.observers();
  }

  observers() {
    this.forgetSize = watchSize(this.root, () => this.layout());
    this.sight = new IntersectionObserver(entries => {
      this.visible = entries.at(-1).isIntersecting;
      this.invalidate();
    });
    this.sight.observe(this.root);
    this.forgetKeys = listenToKeys(this);
    this.onFull = () => {
      this.controls.setFullscreen(document.fullscreenElement === this.root);
      this.layout();
    };
    document.addEventListener("fullscreenchange", this.onFull);
  }

  // ---- data

  /** A whole new payload: replaces all panels, keeps clock and choices, and the zoom while the bounds are the same. */
  load({ options, layers, panels }) {
    this.options = options;
    this.table = Object.fromEntries(layers.map(layer => [layer.slug, layer]));
    this.choices = this.memory.choices(options, this.table);
    this.space = panels.flatMap(p => p.scenes)[0]?.space ?? "plane";
    Object.assign(this.clock, { speed: this.choices.speed, loop: this.choices.loop, round: Boolean(options.back) });
    while (this.panels.length > panels.length) this.panels.pop().destroy();
    while (this.panels.length < panels.length) this.panels.push(new Panel(this, this.panels.length));
    this.row.replaceChildren(...this.panels.map(p => p.root));
    panels.forEach((data, i) => this.panels[i].set(data));
    this.loaded = panels;
    this.base = panels.flatMap(p => p.scenes);
    this.readTheme();
    this.zoom.setHome(this.base);
    this.changed();
    this.layout();
    this.start();
  }

  /** Densities that the scenes of the last payload awaited: nothing else of the picture changes. */
  complete(densities) {
    densities.forEach((panel, i) => panel.forEach((density, j) => {
      if (density && this.loaded[i]?.scenes[j]?.awaits) Object.assign(this.loaded[i].scenes[j], { density, awaits: "" });
    }));
    for (const panel of this.panels) panel.picture.forget();
    this.changed();
  }

  /** Fresh data for one panel; nothing else moves. */
  feed(index, data) {
    const panel = this.panels[index];
    if (!panel) return;
    // "Learned flow" over "Learned flow after 1,200 steps" says nothing twice, and would push the picture down.
    const said = data.scenes.some(s => s.title.startsWith(panel.data.title));
    panel.set({ ...data, title: data.title || (said ? "" : panel.data.title) });
    const first = !this.base.length;
    if (first) this.space = data.scenes[0]?.space ?? this.space;
    const moved = first && this.zoom.setHome(data.scenes);
    this.changed();
    if (moved) this.layout();
    this.start();
  }

  get scenes() {
    return this.panels.flatMap(p => p.data.scenes);
  }

  changed() {
    const scenes = this.scenes;
    this.scales = commonScales(this.base, scenes);
    this.has = Object.fromEntries(Object.values(this.table).map(layer => [layer.slug, scenes.some(s => promises(layer, s))]));
    this.has.points = scenes.some(s => !SHEETS[s.space]);  // else nothing lies behind, and colours say something else
    this.controls.offer(this.has.points ? Object.values(this.table).filter(layer => this.has[layer.slug]) : []);
    this.controls.colour.hidden = scenes.length > 0 && !this.has.points;
    this.controls.showSteps(scenes);
    this.camera.show();
    this.pointer.renew();
    this.showChoices();
  }

  /** Plays by itself once there is something to see, unless the visitor asked for less motion. */
  start() {
    if (this.started || !this.scenes.length) return this.invalidate();
    this.started = true;
    if (this.clock.round) this.clock.seek(1);
    // At rest: where the particles arrive.
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.clock.seek(this.clock.round ? 0 : 1);
    else this.clock.play();
    this.invalidate();
  }

  // ---- what the visitor does

  toggle() {
    if (this.clock.playing) this.clock.pause(); else this.clock.play();
    this.invalidate();
  }

  scrub(t) {
    this.clock.pause();
    this.clock.seek(t);
    this.invalidate();
  }

  choose(name, value) {
    this.memory.set(name, value);
    this.choices[name] = value;
    if (name !== "colour") this.clock[name] = value;
    this.showChoices();
  }

  toggleLayer(name) {
    this.choices.layers[name] = !this.choices.layers[name];
    this.memory.setLayer(name, this.choices.layers[name]);
    this.showChoices();
  }

  showChoices() {
    this.controls.showChoices(this.choices);
    this.showLegend();
    this.invalidate();
  }

  showLegend() {
    const { choices, scales, theme, has, table } = this;
    this.legend.show({ ...choices, scales, theme, has, table, pixels: arrowPixels(this) });
  }

  hover(particle) {
    if (particle === this.hovered) return;
    this.hovered = particle;
    this.invalidate();
  }

  /** Keeps one particle highlighted; null lets it go. True if anything changed. */
  pin(particle) {
    const before = this.pinned;
    this.pinned = particle === before ? null : particle;
    this.invalidate();
    return before !== this.pinned;
  }

  fullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen?.();
  }

  // ---- view

  layout() {
    const width = this.root.clientWidth, n = this.panels.length;
    if (!width || !n) return;
    const full = document.fullscreenElement === this.root;
    const fit = Math.floor((width + GAP) / ((n === 5 ? LEAST_OF_FIVE : n > 2 ? LEAST_OF_MANY : LEAST_WIDTH) + GAP));
    // Four stand as four, two and two, or one: never three and a straggler; five as five, or three and two.
    const columns = n >= 4 && fit < n && fit > 2 ? Math.ceil(n / 2) : Math.max(1, Math.min(n, fit));
    this.row.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    const each = Math.floor((this.row.clientWidth - GAP * (columns - 1)) / columns);
    // What the page has around the pictures keeps its place in the window: the loss is seen beside what is learned.
    let height = Math.min(this.options.height, Math.max(LEAST_HEIGHT, innerHeight - (this.options.around ?? 0)));
    if (full) {
      const words = Math.max(...this.panels.map(p => p.head.offsetHeight + p.note.offsetHeight)) + 12;
      const rest = this.legend.root.offsetHeight + this.controls.root.offsetHeight + 30;
      height = Math.max(200, (innerHeight - rest) / Math.ceil(n / columns) - words);
    }
    const font = document.documentElement.hasAttribute("data-fv-present") ? 18 : full ? 16 : 12;
    const size = [n, each, height, font, pixelRatio()].join();
    // With a new size the old measure says nothing; with new data of the same size it holds.
    if (size !== this.size) this.budget.reset();
    this.size = size;
    for (const panel of this.panels) panel.place(each, height, this.zoom.aspect, this.budget.ratio(pixelRatio()), font);
    this.draw();
  }

  /** As many pixels as this machine can draw in time. */
  sharpen() {
    for (const panel of this.panels) panel.sharpen(this.budget.ratio(pixelRatio()));
  }

  /** The page's colours changed: only colours do. */
  retheme() {
    const before = JSON.stringify(this.theme);
    this.readTheme();
    if (JSON.stringify(this.theme) === before) return;
    for (const panel of this.panels) {
      panel.picture.forget();
      panel.view?.recolour(this.theme);
    }
    this.showChoices();
  }

  readTheme() {
    this.theme = readTheme(this.root);
    this.root.toggleAttribute("data-dark", this.theme.dark);
  }

  /** Axes by Plotly, once it is there; until then the canvas draws them in the same places. */
  async showAxes() {
    if (this.loadPlotly) await this.zoom.showAxes(this.loadPlotly);
  }

  // ---- the loop

  invalidate() {
    this.dirty = true;
    if (!this.raf) this.raf = requestAnimationFrame(now => this.tick(now));
  }

  tick(now) {
    this.raf = 0;
    const seconds = (now - (this.last ?? now)) / 1000, moved = this.clock.tick(seconds), turned = this.visible && this.camera.tick(seconds);
    this.last = now;
    if (this.dirty || ((moved || turned) && !this.waits(now))) this.draw(now);
    if (!this.clock.playing && !turned) this.last = undefined;
    else if (this.visible) this.raf = requestAnimationFrame(later => this.tick(later));
    else this.nap();
  }

  /** Nobody sees it: time goes on, without keeping the browser from what is seen. */
  nap() {
    clearTimeout(this.napping);
    this.napping = setTimeout(() => { this.raf ||= requestAnimationFrame(now => this.tick(now)); }, NAP);
  }

  /** Whether a drawing is left out: where drawing takes long, it would keep the browser from what the page is to show next. */
  waits(now) {
    return this.clock.playing && !this.budget.easy && now - this.drawn < Math.max(SELDOM, SHARE * this.budget.mean) && this.awaited();  // never the last drawing
  }

  draw(now = performance.now()) {
    if (!this.theme || !this.panels.every(p => p.box)) return;
    this.dirty = false;
    this.drawn = now;
    const { t } = this.clock, { layers, colour } = this.choices, highlight = this.hovered ?? this.pinned;
    const frame = {
      t, layers, colour, highlight, table: this.table, theme: this.theme, scales: this.scales, way: null, ahead: this.clock.falling, thin: this.budget.thin, rims: this.budget.rims,
      range: this.zoom.range, cube: this.zoom.cube, camera: this.camera,
    };
    if (layers.field) this.showLegend();
    const began = performance.now();
    if (this.visible) for (const panel of this.panels) panel.draw(frame);
    if (this.clock.playing && this.visible && this.budget.spent(performance.now() - began)) this.sharpen();
    this.report.count(now);
    // Where drawing takes long, numbers that nobody reads so fast must not have the page laid out for each frame.
    if (this.clock.playing && !this.budget.easy && now - this.told < SELDOM) return;
    this.told = now;
    this.controls.showTime(t);
    this.controls.showPlaying(this.clock.playing);
    this.report.show({ t, playing: this.clock.playing, highlight, range: frame.range, camera: this.camera.seen && this.camera });
  }

  destroy() {
    clearTimeout(this.napping);
    cancelAnimationFrame(this.raf);
    this.raf = -1;  // a late call of invalidate finds the loop taken
    this.forgetSize();
    this.sight.disconnect();
    this.forgetKeys();
    document.removeEventListener("fullscreenchange", this.onFull);
    this.panels.forEach(p => p.destroy());
    this.root.remove();
  }
}
