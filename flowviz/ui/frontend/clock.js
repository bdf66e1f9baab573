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
    this.round = false;  // whether t falls from 1 to 0 before it rises again
    this.falling = false;
  }

  get t() {
    return Math.min(1, Math.max(0, this.u));
  }

  seek(t) {
    this.rest = null;
    this.u = Math.min(1, Math.max(0, t));
    if (this.u === 1) this.falling = this.round;
    if (this.u === 0) this.falling = false;
  }

  play() {
    this.rest = null;
    if (this.round && this.u >= 1) this.falling = true;
    else if (this.u >= 1) this.u = 0;
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
    this.u += (this.falling ? -1 : 1) * Math.min(seconds, .1) * this.speed / PASS;
    if (this.rest !== null && before < this.rest && this.u >= this.rest) {
      this.seek(this.rest);
      this.pause();
      return true;
    }
    const hold = HOLD * this.speed / PASS, end = this.loop ? 1 + hold : 1;
    if (this.falling && this.u <= -hold) this.seek(0);
    if (!this.falling && this.u >= end) {
      if (!this.loop) this.pause();
      else if (this.round) this.seek(1);
      else this.u = 0;
    }
    return true;
  }
}
