// What all pictures of the lecture share: a sheet with equal axes, handles, a clock, a bar, a side, numbers as text and as data.

import { drawAxes } from "./axes.js";
import { Clock } from "./clock.js";
import { readTheme } from "./colours.js";
import { el, icon } from "./dom.js";
import { pixelRatio, watchSize } from "./pixels.js";

const MARGIN = { left: 40, right: 10, top: 8, bottom: 28 };
const BESIDE = 560;  // from this width on the side stands beside the picture
export const ARROW = .2;  // an arrow shows the way that its velocity makes in this much of t

export class Lesson {
  constructor(kind, label, { timed = true } = {}) {
    this.clock = new Clock();
    this.handles = {};
    this.i = 0;
    this.canvas = el("canvas", { class: "fv-canvas", role: "img", "aria-label": label });
    this.sheet = el("div", { class: "fv-lesson-sheet" }, this.canvas);
    this.side = el("div", { class: "fv-lesson-side" });
    this.says = el("p", { class: "fv-lesson-says", "data-testid": "fv-says", "aria-live": "polite" });
    this.chips = el("div", { class: "fv-layers" });
    this.play = el("button", { type: "button", class: "fv-button fv-play", "data-testid": "fv-play", onclick: () => this.toggle() });
    this.scrub = el("input", {
      type: "range", class: "fv-scrub", "data-testid": "fv-scrub", min: 0, max: 400, step: 1, "aria-label": "Time t, from source to data",
      oninput: () => this.seek(+this.scrub.value),
    });
    this.time = el("output", { class: "fv-t", "data-testid": "fv-t" });
    const transport = timed ? [this.play, el("span", { class: "fv-end fv-source" }, "source"), this.scrub, el("span", { class: "fv-end fv-target" }, "data"), this.time] : [];
    this.transport = el("div", { class: "fv-transport" }, ...transport);
    this.bar = el("div", { class: "fv-bar" }, this.transport, this.chips);
    this.row = el("div", { class: "fv-lesson-row" }, this.sheet, this.side);
    this.root = el("div", { class: "fv-player fv-lesson", "data-testid": "fv-lesson", "data-kind": kind, role: "group", "aria-label": label },
      this.row, this.says, this.bar);
    this.root.lesson = this;  // for the browser's console and for tests
    this.root.addEventListener("keydown", event => this.key(event));
    this.forgetSize = watchSize(this.root, () => this.layout());
    this.onWindow = () => this.layout();
    window.addEventListener("resize", this.onWindow);
    this.charts = [];
  }

  // ---- data

  load({ options, arrays, shapes }) {
    const first = !this.options;
    Object.assign(this, { options, arrays, shapes });
    const bounds = options.bounds?.join();
    const moved = bounds !== this.boundsKey;
    this.boundsKey = bounds;
    this.root.dataset.about = this.id;
    this.take(first || moved);
    this.readTheme();
    this.layout();
    if (first && this.selfPlaying && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.clock.playRound();
  }

  /** New data; `fresh` says that handles should go to their first places. */
  take() {}

  // ---- time

  get t() {
    return this.arrays.t[this.i];
  }

  toggle() {
    if (this.clock.playing) this.clock.pause(); else this.clock.play();
    this.invalidate();
  }

  seek(i) {
    this.clock.pause();
    this.clock.seek(i / 400);
    this.invalidate();
  }

  // ---- the loop

  invalidate() {
    if (!this.raf) this.raf = requestAnimationFrame(now => this.tick(now));
  }

  tick(now) {
    this.raf = 0;
    this.clock.tick((now - (this.last ?? now)) / 1000);
    this.last = now;
    if (this.root.isConnected && this.box && this.theme) this.paint();
    if (this.clock.playing) this.invalidate(); else this.last = undefined;
  }

  paint() {
    const began = performance.now();
    this.i = Math.round(400 * this.clock.t);
    this.root.dataset.frames = String(1 + Number(this.root.dataset.frames ?? 0));
    this.words = "";
    const c = this.pen(this.canvas);
    drawAxes(c, this.box, this.options.bounds, this.theme, this.font, 40);
    c.save();
    c.beginPath();
    c.rect(this.box.left, this.box.top, this.box.width, this.box.height);
    c.clip();
    this.draw(c);
    c.restore();
    this.over?.(c);
    for (const chart of this.charts) chart.draw(this);
    this.report();
    this.root.dataset.ms = (performance.now() - began).toFixed(3);
  }

  report() {
    const { t } = this, text = `t = ${t.toFixed(t > .995 && t < 1 ? 3 : 2)}`;
    Object.assign(this.root.dataset, { t: String(t), playing: String(this.clock.playing) });
    if (this.scrub.value !== String(this.i)) this.scrub.value = this.i;
    if (this.time.textContent !== text) {
      this.time.textContent = text;
      this.scrub.setAttribute("aria-valuetext", text);
    }
    const state = this.clock.playing ? "Pause" : "Play";
    if (this.play.getAttribute("aria-label") !== state) {
      this.play.replaceChildren(icon(state.toLowerCase()));
      this.play.setAttribute("aria-label", state);
      this.play.title = `${state} (Space)`;
    }
    for (const handle of Object.values(this.handles)) handle.place();
    if (this.says.textContent !== this.words) this.says.textContent = this.words;
  }

  // ---- size and colours

  layout() {
    const width = this.root.clientWidth;
    if (!width || !this.options) return;
    const present = document.documentElement.hasAttribute("data-fv-present") && innerWidth > 800;
    this.font = present ? 18 : 12;
    this.root.toggleAttribute("data-big", present);
    const beside = width >= BESIDE && this.side.childElementCount > 0;
    this.root.toggleAttribute("data-beside", beside);
    const top = this.root.getBoundingClientRect().top + (document.querySelector("[data-testid='stMain']")?.scrollTop ?? 0);
    const rest = this.bar.offsetHeight + Math.max(this.says.offsetHeight, this.saysRoom(present)) + (present ? 30 : 44);
    const room = innerHeight - top - rest;
    const most = present ? room : Math.max(380, Math.min(this.options.height, room));
    const k = this.font / 12, left = Math.round(MARGIN.left * k), bottom = Math.round(MARGIN.bottom * k);
    const across = beside ? width - Math.max(present ? 270 : 200, (present ? .235 : .27) * width) - 16 : width;
    const side = Math.floor(Math.max(180, Math.min(most - MARGIN.top - bottom, across - left - MARGIN.right)));
    this.box = { left, top: MARGIN.top, width: side, height: side };
    this.size = { width: side + left + MARGIN.right, height: side + MARGIN.top + bottom };
    Object.assign(this.sheet.style, { width: `${this.size.width}px`, height: `${this.size.height}px` });
    this.resize(this.canvas, this.size.width, this.size.height);
    this.side.style.height = beside ? `${this.size.height}px` : "";
    this.resized?.();
    this.invalidate();
  }

  /** Height that the words under the picture may take, kept free from the start so that nothing jumps. */
  saysRoom(present) {
    return present ? 68 : 46;
  }

  /** The height of each of the charts beside the picture: they share its height, but are no higher than wide. */
  sideHeight(width) {
    const n = this.charts.length, words = 2.2 * this.font + 12;
    return Math.round(this.root.hasAttribute("data-beside") ? Math.min((n === 1 ? 1.35 : 1.05) * width, this.size.height / n - words) : Math.max(150, .5 * width));
  }

  resize(canvas, width, height) {
    const dpr = pixelRatio();
    const [w, h] = [Math.round(width * dpr), Math.round(height * dpr)];
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  }

  /** A clean canvas in CSS pixels. */
  pen(canvas) {
    const c = canvas.getContext("2d"), dpr = pixelRatio();
    c.setTransform(dpr, 0, 0, dpr, 0, 0);
    c.clearRect(0, 0, canvas.width, canvas.height);
    return c;
  }

  readTheme() {
    this.theme = readTheme(this.root);
    Object.assign(this.theme, { noise: this.theme.palette[2], mean: this.theme.palette[3] });
    this.root.toggleAttribute("data-dark", this.theme.dark);
  }

  retheme() {
    const before = JSON.stringify(this.theme);
    this.readTheme();
    if (JSON.stringify(this.theme) !== before) this.recoloured?.();
    this.layout();
  }

  // ---- coordinates

  px(x) {
    const [x0, x1] = this.options.bounds;
    return this.box.left + (x - x0) / (x1 - x0) * this.box.width;
  }

  py(y) {
    const [, , y0, y1] = this.options.bounds;
    return this.box.top + (y1 - y) / (y1 - y0) * this.box.height;
  }

  /** The place in the plane of a pointer event. */
  at(event) {
    const r = this.canvas.getBoundingClientRect(), [x0, x1, y0, y1] = this.options.bounds, b = this.box;
    const x = x0 + (event.clientX - r.left - b.left) / b.width * (x1 - x0), y = y1 - (event.clientY - r.top - b.top) / b.height * (y1 - y0);
    return [Math.min(x1, Math.max(x0, x)), Math.min(y1, Math.max(y0, y))];
  }

  get span() {
    return this.options.bounds[1] - this.options.bounds[0];
  }

  // ---- keys

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const handle = event.target.handle;
    if (handle && /^Arrow/.test(event.key)) {
      const step = this.span / (event.shiftKey ? 16 : 80);
      handle.move(handle.x + step * ((event.key === "ArrowRight") - (event.key === "ArrowLeft")),
        handle.y + step * ((event.key === "ArrowUp") - (event.key === "ArrowDown")));
    } else if (event.key === " " && !event.target.matches("button")) this.toggle();
    else if (event.key === "Escape" && (handle || event.target === this.scrub)) event.target.blur();
    else return;
    event.preventDefault();
  }

  chip(words, act, { pressed = null, id = "" } = {}) {
    const chip = el("button", {
      type: "button", class: "fv-chip", "data-testid": id, "aria-pressed": pressed === null ? null : String(pressed),
      onclick: event => { act(chip); this.invalidate(); if (event.detail) chip.blur(); },
    }, words);
    this.chips.append(chip);
    return chip;
  }

  destroy() {
    cancelAnimationFrame(this.raf);
    this.raf = -1;
    this.forgetSize();
    window.removeEventListener("resize", this.onWindow);
    this.root.remove();
  }
}
