// Keeps the picture moving on slow machines: when drawing takes too long, fewer particles leave a trail. All are drawn.

const TOO_LONG = 12;  // milliseconds of the 16 that a frame may last
const WAIT = 20;      // drawings between two changes, so that one stall changes nothing

export class Budget {
  constructor() {
    this.reset();
  }

  /** After new data or a new size the old measure says nothing. */
  reset() {
    this.thin = 1;
    this.count = 0;
    this.mean = 0;
  }

  /** Every how manieth particle has a trail, after a drawing that took `ms`. */
  spent(ms) {
    this.mean += (ms - this.mean) / Math.min(WAIT, ++this.count);
    if (this.count < WAIT || this.mean < TOO_LONG || this.thin >= 4) return;
    this.thin *= 2;
    this.count = 0;
  }
}
