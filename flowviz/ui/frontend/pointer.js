// The place under the pointer, carried along the field itself: back to the source and on to the data, at every move.

import { COARSEST, nodeAt, strideFor, trace } from "./field.js";
import { end, written } from "./highlight.js";
import { at } from "./mapping.js";

const IN_TIME = 16;  // milliseconds for one move
const TRIES = 3;     // moves in a row that may be late

/** One pointer for all panels of a stage: each that has a kit shows the way of the same place. */
export class Pointer {
  constructor(stage) {
    Object.assign(this, { stage, place: null, on: true, offered: false });
    this.pace = new WeakMap();  // by kit: how long a step is, and how often in a row that was too slow
    this.ways = new Map();      // by kit: the last way
  }

  /** After new data or a new choice. */
  renew() {
    const { panels, memory, controls, options } = this.stage;
    this.ways.clear();
    this.on = memory.chosen.pointing ?? options.pointing ?? true;
    this.offered = panels.some(panel => this.usable(panel));
    controls.showPointing(this.offered ? this.on : null);
    for (const panel of panels) panel.root.toggleAttribute("data-pointing", this.active(panel));
    if (!this.on || !this.offered) this.place = null;
  }

  toggle() {
    this.stage.memory.set("pointing", !this.on);
    this.renew();
    this.stage.invalidate();
  }

  usable(panel) {
    return Boolean(panel.data?.kit) && panel.space === "plane" && !this.tooSlow(panel.data.kit);
  }

  active(panel) {
    return this.on && this.usable(panel);
  }

  tooSlow(kit) {
    return this.pace.get(kit)?.late > TRIES;
  }

  /** To a place in the field's coordinates; null where the pointer has left. */
  move(place) {
    if (!place && !this.place) return;
    this.place = place;
    this.stage.invalidate();
  }

  /** What a panel shows at time t, as `trace` gives it; null where there is nothing to show. */
  wayIn(panel, t) {
    if (!this.place || !this.active(panel)) return null;
    const { kit } = panel.data, node = nodeAt(kit, t), [x, y] = this.place, key = `${x} ${y} ${node}`;
    if (this.ways.get(kit)?.key !== key) this.ways.set(kit, { key, ...this.carried(kit, x, y, node) });
    return this.ways.get(kit);
  }

  carried(kit, x, y, node) {
    if (!this.pace.has(kit)) this.pace.set(kit, { stride: strideFor(kit), late: 0 });
    const pace = this.pace.get(kit), began = performance.now(), way = trace(kit, x, y, node, pace.stride);
    this.took = performance.now() - began;
    const first = !pace.warm;  // which also fills the field's tables
    pace.warm = true;
    // Longer steps where the field is large; never another field.
    if (this.took <= IN_TIME || first) pace.late = 0;
    else if (pace.stride < COARSEST) pace.stride *= 2;
    else if (++pace.late > TRIES) setTimeout(() => this.giveUp());
    return way;
  }

  giveUp() {
    this.renew();
    for (const panel of this.stage.panels) panel.words();
    this.stage.invalidate();
  }
}

/** Hears the pointer over a panel: a mouse that hovers, or a finger. */
export function listenToPointer(panel) {
  const { sheet, stage } = panel, touch = event => event.pointerType === "touch";
  const follow = event => {
    if (!panel.box || !stage.pointer.active(panel)) return;
    const { left, top } = sheet.getBoundingClientRect(), { box } = panel, [x0, x1, y0, y1] = stage.zoom.range;
    const u = (event.clientX - left - box.left) / box.width, v = (event.clientY - top - box.top) / box.height;
    const inside = u >= 0 && u <= 1 && v >= 0 && v <= 1;
    stage.pointer.move(inside ? [x0 + u * (x1 - x0), y1 - v * (y1 - y0)] : null);
  };
  sheet.addEventListener("pointerdown", event => { if (touch(event)) follow(event); });
  sheet.addEventListener("pointermove", event => { if (touch(event) || !event.buttons) follow(event); });
  // A finger that is lifted leaves its line where it was, to be looked at.
  sheet.addEventListener("pointerleave", event => { if (!touch(event)) stage.pointer.move(null); });
}

export function drawWay(c, way, { box, theme }, map) {
  c.save();
  c.beginPath();
  c.rect(box.left, box.top, box.width, box.height);
  c.clip();
  c.lineJoin = c.lineCap = "round";
  line(c, way.back, theme.source, theme, map);
  line(c, way.on, theme.target, theme, map);
  const [x, y] = at(map, way.on.slice(0, 2));
  const tip = (points, name, colour, hollow) => {
    const place = at(map, points.slice(-2));
    end(c, place, name, colour, theme, { round: true, hollow, left: place[0] < x });
  };
  if (!way.lost.back) tip(way.back, "x₀", theme.source, true);
  if (!way.lost.on) tip(way.on, "x₁", theme.target, false);
  c.beginPath();
  c.arc(x, y, 3, 0, 2 * Math.PI);
  c.fillStyle = theme.strong;
  c.fill();
  c.restore();
}

function line(c, points, colour, theme, map) {
  c.beginPath();
  for (let i = 0; i < points.length; i += 2) c.lineTo(...at(map, [points[i], points[i + 1]]).slice(0, 2));
  c.strokeStyle = theme.background;
  c.lineWidth = 5;
  c.stroke();
  c.strokeStyle = colour;
  c.lineWidth = 2.6;
  c.stroke();
}

/** "x₀ = (−0.53, 1.20)" and so on, for reading aloud. */
export function inWords({ back, on, lost }, frame = null) {
  const tip = (points, gone) => written(gone ? [NaN, NaN] : points.slice(-2), frame);
  return `x₀ = ${tip(back, lost.back)}   xₜ = ${written(on.slice(0, 2), frame)}   x₁ = ${tip(on, lost.on)}`;
}
