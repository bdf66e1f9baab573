// The lecture's bar: where it is, a mark for each step, back and next, present mode; and the keys for the whole page.

import { el } from "./dom.js";
import { loadStyle } from "./plotly.js";

const bars = new WeakMap();  // by the element Streamlit gave us
const PATIENCE = 4000;       // milliseconds until a step that was asked for and did not come is given up

export async function mount({ data, parentElement, setTriggerValue }) {
  await loadStyle("lesson.css");
  let bar = bars.get(parentElement);
  if (!bar) {
    bar = new Bar();
    bars.set(parentElement, bar);
    parentElement.append(bar.root);
    parentElement.querySelector(".fv-lecture-boot")?.remove();
  }
  bar.send = setTriggerValue;
  bar.set(data);
  return () => setTimeout(() => { if (!bar.root.isConnected) bar.destroy(); });
}

class Bar {
  constructor() {
    this.number = el("span", { class: "fv-l-number" });
    this.title = el("span", { class: "fv-l-title" });
    this.marks = el("div", { class: "fv-l-marks", role: "group", "aria-label": "Steps of the lecture" });
    this.back = this.button("‹ Back", "fv-l-back", "Back (arrow left)", () => this.step(-1));
    this.next = this.button("Next ›", "fv-l-next", "Next (arrow right)", () => this.step(1));
    this.show = this.button("Present", "fv-l-present", "For a projector: large type, keyboard only (F)", () => this.toggle());
    this.hint = el("p", { class: "fv-l-hint", "aria-hidden": "true" },
      "← → step · Space play · Tab, then arrows: move in the picture · Enter answer · Esc leave · F11 whole screen");
    this.root = el("nav", { class: "fv-lecture", "data-testid": "fv-lecture", "aria-label": "Lecture" },
      el("h2", { class: "fv-l-head" }, this.number, " ", this.title),
      el("div", { class: "fv-l-tools" }, this.marks, this.back, this.next, this.show), this.hint);
    this.onKey = event => this.key(event);
    window.addEventListener("keydown", this.onKey);  // the window hears a key after all pictures, whose own keys win
    document.documentElement.dataset.fvArrows = "page";
  }

  button(words, id, title, act) {
    return el("button", {
      type: "button", class: "fv-l-button", "data-testid": id, title,
      onclick: event => { act(); if (event.detail) event.currentTarget.blur(); },  // after a click, Space plays and does not click again
    }, words);
  }

  set({ steps, at, present }) {
    const waits = this.asked && performance.now() - this.since < PATIENCE;
    const first = !this.steps;
    if (JSON.stringify(steps) !== JSON.stringify(this.steps)) this.offer(steps);
    this.present = present;
    this.root.toggleAttribute("data-present", present);
    document.documentElement.toggleAttribute("data-fv-present", present);
    this.show.textContent = present ? "Leave" : "Present";
    if (waits && at !== this.asked) return;
    this.asked = null;
    if (this.at !== at && !first) this.top();
    this.turn(at);
    this.root.dataset.shown = at;
  }

  offer(steps) {
    this.steps = steps;
    this.marks.replaceChildren(...steps.map(([slug, title], i) => el("button", {
      type: "button", class: "fv-l-mark", "data-step": slug, title: `${i + 1} ${title}`, "aria-label": `Step ${i + 1}: ${title}`,
      onclick: event => { this.go(slug); if (event.detail) event.currentTarget.blur(); },
    }, String(i + 1))));
  }

  /** Shows where the lecture is; at once, before the picture has come. */
  turn(at) {
    this.at = at;
    const place = this.steps.findIndex(([slug]) => slug === at);
    this.number.textContent = `${place + 1} / ${this.steps.length}`;
    this.title.textContent = this.steps[place][1];
    this.root.dataset.step = at;
    [...this.marks.children].forEach((mark, i) => {
      mark.toggleAttribute("data-done", i < place);
      if (i === place) mark.setAttribute("aria-current", "step"); else mark.removeAttribute("aria-current");
    });
    this.back.disabled = place === 0;
    this.next.disabled = place === this.steps.length - 1;
  }

  step(by) {
    const place = this.steps.findIndex(([slug]) => slug === this.at) + by;
    if (this.steps[place]) this.go(this.steps[place][0]);
  }

  go(slug) {
    if (slug === this.at) return;
    this.asked = slug;
    this.since = performance.now();
    this.turn(slug);
    this.top();
    this.send("go", slug);
  }

  toggle(on = !this.present) {
    if (on === this.present) return;
    this.present = on;  // at once, or a second key would mean the same as the first
    this.send("present", on ? "on" : "off");
  }

  top() {
    document.querySelector("[data-testid='stMain']")?.scrollTo({ top: 0 });
  }

  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = document.activeElement;
    if (document.querySelector("[role='dialog']") || target?.matches?.("textarea, select, [contenteditable]")) return;
    if (target?.matches?.("input:not([type='range'])")) return;
    if (this.act(event.key, target)) event.preventDefault();
  }

  act(key, target) {
    // What turns with arrows itself keeps them while it has the focus; a clicker's PageUp and PageDown always turn the page.
    const own = target?.closest?.("[role='slider'], [role='radiogroup'], [role='tablist'], input, .fv-player, .fv-lesson");
    const pressable = target?.closest?.("button, a, summary, [role='button']");
    const last = this.steps.length - 1;
    switch (key.length === 1 ? key.toLowerCase() : key) {
      case "PageDown": case "n": this.step(1); return true;
      case "PageUp": case "p": this.step(-1); return true;
      case "ArrowRight": if (own) return false; this.step(1); return true;
      case "ArrowLeft": if (own) return false; this.step(-1); return true;
      case "Home": if (own) return false; this.go(this.steps[0][0]); return true;
      case "End": if (own) return false; this.go(this.steps[last][0]); return true;
      case "f": this.toggle(); return true;
      case "Escape": if (!this.present) return false; this.toggle(false); return true;
      case " ": return !pressable && press("[data-testid='stMain'] [data-testid='fv-play']");
      case "Enter": return !pressable && press(".st-key-fv_l_answer summary");
      case "a": return press(".st-key-fv_l_answer summary");
      default: return false;
    }
  }

  destroy() {
    window.removeEventListener("keydown", this.onKey);
    delete document.documentElement.dataset.fvArrows;
    document.documentElement.removeAttribute("data-fv-present");
    this.root.remove();
  }
}

function press(selector) {
  const found = document.querySelector(selector);
  found?.click();
  return Boolean(found);
}
