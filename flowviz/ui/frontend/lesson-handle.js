// A point in a picture of the lecture that can be moved.

import { el } from "./dom.js";

/** A point that mouse, finger and arrow keys can move. */
export class Handle {
  constructor(lesson, name, label, { look = name, moved = null } = {}) {
    Object.assign(this, { lesson, name, label, moved, x: 0, y: 0 });
    this.root = el("div", { class: `fv-handle fv-handle-${look}`, role: "slider", tabindex: 0, "aria-label": label, "data-handle": name, "aria-roledescription": "point in the plane" },
      el("span", {}, label));
    this.root.handle = this;
    this.root.addEventListener("pointerdown", event => {
      if (event.button) return;
      event.preventDefault();
      this.root.focus({ preventScroll: true });
      this.root.setPointerCapture(event.pointerId);
    });
    this.root.addEventListener("pointermove", event => {
      if (this.root.hasPointerCapture(event.pointerId)) this.move(...lesson.at(event));
    });
    lesson.sheet.append(this.root);
    lesson.handles[name] = this;
  }

  move(x, y) {
    const [x0, x1, y0, y1] = this.lesson.options.bounds;
    this.x = Math.min(x1, Math.max(x0, x));
    this.y = Math.min(y1, Math.max(y0, y));
    this.moved?.(this.x, this.y);
    this.lesson.invalidate();
  }

  place() {
    const { lesson, root, x, y } = this, text = `${x.toFixed(2)}, ${y.toFixed(2)}`;
    root.style.transform = `translate(${lesson.px(x)}px, ${lesson.py(y)}px)`;
    Object.assign(root.dataset, { x: String(x), y: String(y) });
    root.setAttribute("aria-valuenow", x.toFixed(3));
    root.setAttribute("aria-valuemin", lesson.options.bounds[0]);
    root.setAttribute("aria-valuemax", lesson.options.bounds[1]);
    root.setAttribute("aria-valuetext", text);
  }
}
