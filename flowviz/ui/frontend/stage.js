// A row of panels with one clock, one zoom, one highlighted particle and one animation loop. Knows no Streamlit.

import { Budget } from "./budget.js";
import { Clock } from "./clock.js";
import { readTheme } from "./colours.js";
import { Controls, LAYERS } from "./controls.js";
import { el } from "./dom.js";
import { listenToKeys } from "./keys.js";
import { commonScales, Legend } from "./legend.js";
import { Memory } from "./memory.js";
import { Panel } from "./panel.js";

const GAP = 16;
const LEAST_WIDTH = 280;
const NOWHERE = [-4, 4, -4, 4];
const same = (a, b) => a.every((v, i) => Math.abs(v - b[i]) <= 1e-4 * Math.abs(b[1] - b[0]));

export class Stage {
  constructor(key, { loadPlotly = null } = {}) {
    Object.assign(this, { loadPlotly, panels: [], home: null, range: NOWHERE, hovered: null, pinned: null, syncing: false });
    Object.assign(this, { dirty: true, visible: true, started: false, drawn: [], frames: 0, raf: 0 });
    this.clock = new Clock();
    this.budget = new Budget();
    this.memory = new Memory(key);
    this.controls = new Controls(this);
    this.legend = new Legend();
    this.row = el("div", { class: "fv-row" });
    this.root = el("div", { class: "fv-player", "data-testid": "fv-stage", "data-player": key, tabindex: 0, role: "group", "aria-label": "Moving picture" },
      this.row, this.legend.root, this.controls.root);
    this.root.stage = this;  // for the browser's console and for tests
    this.observers();
  }

  observers() {
    this.sizes = new ResizeObserver(() => this.layout());
    this.sizes.observe(this.root);
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
  load({ options, panels }) {
    this.options = options;
    this.choices = this.memory.choices(options);
    Object.assign(this.clock, { speed: this.choices.speed, loop: this.choices.loop });
    while (this.panels.length > panels.length) this.panels.pop().destroy();
    while (this.panels.length < panels.length) this.panels.push(new Panel(this, this.panels.length));
    this.row.replaceChildren(...this.panels.map(p => p.root));
    panels.forEach((data, i) => this.panels[i].set(data));
    this.base = panels.flatMap(p => p.scenes);
    this.readTheme();
    this.setHome(this.base);
    this.changed();
    this.layout();
    this.start();
  }

  /** Fresh data for one panel; nothing else moves. */
  feed(index, data) {
    const panel = this.panels[index];
    if (!panel) return;
    // "Learned flow" over "Learned flow after 1,200 steps" says nothing twice, and would push the picture down.
    const said = data.scenes.some(s => s.title.startsWith(panel.data.title));
    panel.set({ ...data, title: data.title || (said ? "" : panel.data.title) });
    const home = this.home;
    if (!this.base.length) this.setHome(data.scenes);
    this.changed();
    if (home !== this.home) this.layout();
    this.start();
  }

  get scenes() {
    return this.panels.flatMap(p => p.data.scenes);
  }

  changed() {
    const scenes = this.scenes;
    this.scales = commonScales(this.base, scenes);
    this.has = Object.fromEntries(Object.keys(LAYERS).map(name =>
      [name, name === "particles" || name === "trails" ? scenes.length > 0 : scenes.some(s => s[name])]));
    const offered = Object.keys(LAYERS).filter(name => this.has[name]).join();
    if (offered !== this.offered) {
      this.controls.offer(offered ? offered.split(",") : []);
      this.offered = offered;
    }
    this.showChoices();
  }

  /** The axes everybody shares: all bounds together. */
  setHome(scenes) {
    const bounds = scenes.map(s => s.bounds), ends = (i, pick) => pick(...bounds.map(b => b[i]));
    const home = bounds.length ? [ends(0, Math.min), ends(1, Math.max), ends(2, Math.min), ends(3, Math.max)] : NOWHERE;
    if (this.home && same(home, this.home)) return;
    this.home = this.range = home;
    this.panels.forEach(p => p.view?.setHome(home));
  }

  /** Plays by itself once there is something to see, unless the visitor asked for less motion. */
  start() {
    if (this.started || !this.scenes.length) return this.invalidate();
    this.started = true;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.clock.seek(1);
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
    this.legend.show({ ...this.choices, scales: this.scales, theme: this.theme, has: this.has });
    this.invalidate();
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

  /** One panel's axes moved. Only the one under the visitor's hand leads; the others' answers are echoes. */
  rangeChanged(panel, range) {
    if (panel.index !== (this.leader ?? 0) || same(range, this.range)) return;
    this.range = range;
    this.invalidate();
    this.sync();
  }

  async sync() {
    if (this.syncing) return;
    this.syncing = true;
    for (let sent = null; sent !== this.range;) {
      sent = this.range;
      await Promise.all(this.panels.filter(p => p.index !== (this.leader ?? 0)).map(p => p.view?.setRange(sent)));
    }
    this.syncing = false;
  }

  layout() {
    const width = this.root.clientWidth, n = this.panels.length;
    if (!width || !n) return;
    const full = document.fullscreenElement === this.root, aspect = (this.home[1] - this.home[0]) / (this.home[3] - this.home[2]);
    const columns = Math.max(1, Math.min(n, Math.floor((width + GAP) / (LEAST_WIDTH + GAP))));
    this.row.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    const each = Math.floor((this.row.clientWidth - GAP * (columns - 1)) / columns);
    let height = this.options.height;
    if (full) {
      const words = Math.max(...this.panels.map(p => p.head.offsetHeight + p.note.offsetHeight)) + 12;
      const rest = this.legend.root.offsetHeight + this.controls.root.offsetHeight + 30;
      height = Math.max(200, (innerHeight - rest) / Math.ceil(n / columns) - words);
    }
    const dpr = Math.min(2, window.devicePixelRatio || 1);
    for (const panel of this.panels) panel.place(each, height, aspect, dpr, full ? 16 : 12);
    this.budget.reset();
    this.draw();
  }

  /** The page's colours changed: only colours do. */
  retheme() {
    this.readTheme();
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
    if (!this.loadPlotly) return;
    const plotly = await this.loadPlotly();
    for (const panel of [...this.panels]) {
      if (!this.root.isConnected) return;
      await panel.showAxes(plotly, this.home, this.range, this.theme);
    }
    this.root.dataset.axes = "plotly";
    this.invalidate();
  }

  // ---- the loop

  invalidate() {
    this.dirty = true;
    if (!this.raf) this.raf = requestAnimationFrame(now => this.tick(now));
  }

  tick(now) {
    this.raf = 0;
    const moved = this.clock.tick((now - (this.last ?? now)) / 1000);
    this.last = now;
    if (moved || this.dirty) this.draw(now);
    if (this.clock.playing) this.raf = requestAnimationFrame(later => this.tick(later));
    else this.last = undefined;
  }

  draw(now = performance.now()) {
    if (!this.theme || !this.panels.every(p => p.box)) return;
    this.dirty = false;
    const { t } = this.clock, { layers, colour } = this.choices, highlight = this.hovered ?? this.pinned;
    const frame = { t, layers, colour, highlight, theme: this.theme, scales: this.scales, range: this.range, thin: this.budget.thin };
    const began = performance.now();
    if (this.visible) for (const panel of this.panels) panel.draw(frame);
    if (this.clock.playing && layers.trails) this.budget.spent(performance.now() - began);
    this.controls.showTime(t);
    this.controls.showPlaying(this.clock.playing);
    this.report(t, now);
  }

  /** For tests, and for anyone who wonders: time, state and speed as attributes. */
  report(t, now) {
    const data = this.root.dataset;
    data.t = t.toFixed(3);
    data.playing = String(this.clock.playing);
    data.frames = String(++this.frames);
    data.highlight = String(this.hovered ?? this.pinned ?? "");
    data.range = this.range.map(v => v.toFixed(3)).join();
    this.drawn.push(now);
    while (this.drawn[0] < now - 1000) this.drawn.shift();
    if (this.frames % 15 === 0) data.fps = String(this.drawn.length);
  }

  destroy() {
    cancelAnimationFrame(this.raf);
    this.raf = -1;  // a late call of invalidate finds the loop taken
    this.sizes.disconnect();
    this.sight.disconnect();
    this.forgetKeys();
    document.removeEventListener("fullscreenchange", this.onFull);
    this.panels.forEach(p => p.destroy());
    this.root.remove();
  }
}
