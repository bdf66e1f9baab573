// A sheet to draw on with mouse, pen or finger: brush, eraser, undo, clear. What is drawn goes back as strokes.

import { el } from "./dom.js";
import { pixelRatio, watchSize } from "./pixels.js";

const SHEET = 1000;              // both sides, in the units of the strokes
const STEP = 5;                  // points of a stroke nearer than this add nothing
const MOST = { strokes: 200, numbers: 30000 };
const sheets = new WeakMap();    // by the element Streamlit gave us

export function mount({ data, parentElement, setStateValue }) {
  let sheet = sheets.get(parentElement);
  if (!sheet) {
    sheet = new Sheet(parentElement, data?.strokes ?? []);
    sheets.set(parentElement, sheet);
  }
  sheet.send = strokes => setStateValue("strokes", strokes);
  sheet.paint();
  return () => setTimeout(() => { if (!sheet.root.isConnected) sheet.destroy(); });
}

class Sheet {
  constructor(parent, strokes) {
    this.strokes = strokes;
    this.erase = false;
    this.stroke = null;
    this.canvas = el("canvas", {
      class: "fv-sketch-sheet", "data-testid": "fv-sketch", role: "img", tabindex: "0",
      "aria-label": "Sheet to draw on with mouse, pen or finger",
    });
    this.brush = this.button("Brush", () => this.choose(false));
    this.eraser = this.button("Eraser", () => this.choose(true));
    this.undone = this.button("Undo", () => { this.strokes.pop(); this.changed(); });
    this.cleared = this.button("Clear", () => { this.strokes = []; this.changed(); });
    this.width = el("input", { type: "range", min: "15", max: "150", value: "45", "aria-label": "Width of the brush" });
    const tools = el("div", { class: "fv-sketch-tools", role: "toolbar", "aria-label": "Drawing tools" },
      this.brush, this.eraser, this.undone, this.cleared, el("label", {}, "Width", this.width));
    this.root = el("div", { class: "fv-sketch" }, this.canvas, tools);
    parent.append(this.root);
    const on = (name, act) => this.canvas.addEventListener(name, act);
    on("pointerdown", event => this.begin(event));
    on("pointermove", event => this.go(event));
    on("pointerup", () => this.end());
    on("pointercancel", () => this.end());
    on("keydown", event => {
      if ((event.ctrlKey || event.metaKey) && event.key === "z") { event.preventDefault(); this.undone.click(); }
    });
    this.forgetSize = watchSize(this.canvas, () => this.paint());
    this.choose(false);
  }

  button(words, act) {
    return el("button", { type: "button", class: "fv-chip", "data-testid": `fv-sketch-${words.toLowerCase()}`, onclick: act }, words);
  }

  choose(erase) {
    this.erase = erase;
    this.brush.setAttribute("aria-pressed", String(!erase));
    this.eraser.setAttribute("aria-pressed", String(erase));
    this.canvas.style.cursor = erase ? "cell" : "crosshair";
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const within = value => Math.round(Math.min(SHEET, Math.max(0, value)));
    return [within(SHEET * (event.clientX - box.left) / box.width), within(SHEET * (event.clientY - box.top) / box.height)];
  }

  begin(event) {
    const numbers = this.strokes.reduce((sum, stroke) => sum + stroke.path.length, 0);
    if (event.button || this.stroke || this.strokes.length >= MOST.strokes || numbers > MOST.numbers) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.stroke = { erase: this.erase, width: Number(this.width.value), path: this.place(event) };
    this.strokes.push(this.stroke);
    this.paint();
  }

  go(event) {
    if (!this.stroke) return;
    const path = this.stroke.path, events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) {
      const [x, y] = this.place(one);
      if (Math.hypot(x - path.at(-2), y - path.at(-1)) >= STEP && path.length < MOST.numbers / 3) path.push(x, y);
    }
    this.paint();
  }

  end() {
    if (!this.stroke) return;
    this.stroke = null;
    this.changed();
  }

  changed() {
    this.paint();
    this.send?.(this.strokes);
  }

  paint() {
    const shown = Math.round(this.canvas.clientWidth * pixelRatio());
    if (!shown) return;
    if (this.canvas.width !== shown) this.canvas.width = this.canvas.height = shown;
    const pen = this.canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, shown, shown);
    pen.scale(shown / SHEET, shown / SHEET);
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = getComputedStyle(this.canvas).color;
    for (const { erase, width, path } of this.strokes) {
      pen.globalCompositeOperation = erase ? "destination-out" : "source-over";
      pen.lineWidth = width;
      pen.beginPath();
      pen.moveTo(path[0], path[1]);
      for (let i = 0; i < path.length; i += 2) pen.lineTo(path[i], path[i + 1]);  // to its own start too: a dot
      pen.stroke();
    }
    this.undone.disabled = this.cleared.disabled = !this.strokes.length;
    this.canvas.dataset.strokes = String(this.strokes.length);
  }

  destroy() {
    this.forgetSize();
    this.root.remove();
  }
}
