// A picture with a probe in it: the place that the pointer, a tap or the arrow keys choose.

import { Lesson } from "./lesson-base.js";
import { Handle } from "./lesson-handle.js";

export class ProbeLesson extends Lesson {
  constructor(kind, label) {
    super(kind, label);
    this.probe = new Handle(this, "probe", "Probe: the place x that is asked about", { moved: (x, y) => this.visited(x, y) });
    this.sheet.style.cursor = "crosshair";
    this.sheet.addEventListener("pointermove", event => {
      if (event.pointerType !== "touch" && this.inside(event)) this.probe.move(...this.at(event));
    });
    this.sheet.addEventListener("pointerdown", event => {
      if (!this.inside(event)) return;
      this.probe.move(...this.at(event));
      if (event.pointerType !== "touch") event.preventDefault();
    });
  }

  inside(event) {
    if (!this.box) return false;
    const r = this.canvas.getBoundingClientRect(), x = event.clientX - r.left - this.box.left, y = event.clientY - r.top - this.box.top;
    return x >= 0 && y >= 0 && x <= this.box.width && y <= this.box.height;
  }

  visited() {}
}
