// Where the cube is looked at from: one camera for all panels of a row. Turns slowly by itself until somebody takes hold.

import { PASS } from "./clock.js";

export const HOME = { azimuth: -55, elevation: 28, zoom: 1 };
export const TURN = 60;  // degrees in one pass of the clock, as in a film
const CLOSEST = 6, FURTHEST = .5;
const WORDS = "Moving picture in space. Drag, or press W A S D, to look from elsewhere; plus and minus magnify, 0 goes back; arrows are time.";

export class Camera {
  constructor(stage) {
    Object.assign(this, { stage, ...HOME, turning: null, seen: false });
  }

  /** After new data: whether there is anything to look at from elsewhere, and what the visitor chose before. */
  show() {
    const { zoom, panels, root, choices, controls } = this.stage;
    this.seen = zoom.cube !== null && panels.some(p => p.space === "volume");
    this.turning ??= choices.turning ?? !matchMedia("(prefers-reduced-motion: reduce)").matches;
    controls.showTurning(this.seen ? this.turning : null);
    root.setAttribute("aria-label", this.seen ? WORDS : "Moving picture");
  }

  /** Goes on by `seconds`; true if it turns. */
  tick(seconds) {
    if (!this.seen || !this.turning) return false;
    this.turn(Math.min(seconds, .1) * TURN / PASS, 0);
    return true;
  }

  /** The visitor looks from elsewhere: the picture turns no more by itself. */
  hold(act) {
    act(this);
    this.set(false);
  }

  /** Turning by itself, or not. */
  set(turning) {
    this.turning = turning;
    this.stage.controls.showTurning(turning);
    this.stage.invalidate();
  }

  turn(degrees, up) {
    this.azimuth = ((this.azimuth + degrees + 180) % 360 + 360) % 360 - 180;
    this.elevation = Math.min(90, Math.max(-90, this.elevation + up));
  }

  magnify(factor) {
    this.zoom = Math.min(CLOSEST, Math.max(FURTHEST, this.zoom * factor));
  }

  reset() {
    Object.assign(this, HOME);
  }
}
