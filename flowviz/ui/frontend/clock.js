// The one clock of a row of panels. Time t runs from 0 (source) to 1 (data) in five seconds at normal speed.

export const PASS = 5;
export const HOLD = .9;

export class Clock {
  constructor() {
    this.speed = 1;
    this.loop = true;
    this.playing = false;
    this.u = 0;  // t, and beyond 1 the time spent holding the last picture
    this.rest = null;  // where it comes to rest after one round, if it shall
  }

  get t() {
    return Math.min(1, this.u);
  }

  seek(t) {
    this.rest = null;
    this.u = Math.min(1, Math.max(0, t));
  }

  play() {
    this.rest = null;
    if (this.u >= 1) this.u = 0;
    this.playing = true;
  }

  /** Once round, to rest where it began: at both ends of time there may be little to see. */
  playRound() {
    this.play();
    this.rest = this.u;
  }

  pause() {
    this.rest = null;
    this.playing = false;
    this.u = this.t;
  }

  /** Goes on by `seconds`; true if anything changed. */
  tick(seconds) {
    if (!this.playing) return false;
    // After a stall (a hidden tab, a heavy page) go on from where we were instead of jumping ahead.
    const before = this.u;
    this.u += Math.min(seconds, .1) * this.speed / PASS;
    if (this.rest !== null && before < this.rest && this.u >= this.rest) {
      this.seek(this.rest);
      this.pause();
      return true;
    }
    const end = this.loop ? 1 + HOLD * this.speed / PASS : 1;
    if (this.u >= end) {
      if (this.loop) this.u = 0;
      else this.pause();
    }
    return true;
  }
}
