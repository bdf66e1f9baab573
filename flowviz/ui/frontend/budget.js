// Keeps the picture moving on slow machines: when drawing takes too long, there are fewer pixels and trails. All particles are drawn.

const TOO_LONG = 12;  // milliseconds of the 16 that a frame may last
const EASY = 4.5;     // so little that twice as much would do, for
const LONG = 90;      // so many drawings
const WAIT = 12;      // drawings between two changes, so that one stall changes nothing
const STEPS = [       // every how manieth particle has a trail, pixels of the canvas for those of the screen, rims round the particles
  { thin: 1, scale: 1, rims: true }, { thin: 2, scale: 1, rims: true }, { thin: 2, scale: .7, rims: true },
  { thin: 4, scale: .7, rims: false }, { thin: 4, scale: .5, rims: false },
];

export class Budget {
  constructor() {
    this.reset();
  }

  /** As if nothing had been drawn yet. */
  reset() {
    this.step = this.count = this.mean = 0;
  }

  /** Whether drawing takes so little that it is in nobody's way. */
  get easy() {
    return this.mean < EASY;
  }

  get thin() {
    return STEPS[this.step].thin;
  }

  get rims() {
    return STEPS[this.step].rims;
  }

  /** Of the screen's pixels; at least one canvas pixel is drawn for each CSS pixel. */
  ratio(screen) {
    return Math.max(Math.min(1, screen), screen * STEPS[this.step].scale);
  }

  /** Whether there must be less, or may be more, after a drawing that took `ms`. */
  spent(ms) {
    this.mean += (ms - this.mean) / Math.min(WAIT, ++this.count);
    const less = this.count >= WAIT && this.mean > TOO_LONG && this.step < STEPS.length - 1;
    const more = this.count >= LONG && this.mean < EASY && this.step > 0;
    if (less || more) this.count = 0;
    this.step += less - more;
    return less || more;
  }
}
