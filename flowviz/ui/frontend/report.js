// Time, state and speed as attributes of the root: for tests, and for anyone who wonders.

const EVERY = 15;  // drawings between two counts of how many a second there are

export class Report {
  constructor(root) {
    this.data = root.dataset;
    this.frames = 0;
    this.next = EVERY;
    this.drawn = [];
  }

  /** One more drawing. */
  count(now) {
    this.frames += 1;
    this.drawn.push(now);
    while (this.drawn[0] < now - 1000) this.drawn.shift();
  }

  show({ t, playing, highlight, range, camera }) {
    const data = this.data;
    data.t = t.toFixed(3);
    data.playing = String(playing);
    data.highlight = String(highlight ?? "");
    data.range = range.map(v => v.toFixed(3)).join();
    if (camera) {
      data.azimuth = camera.azimuth.toFixed(1);
      data.elevation = camera.elevation.toFixed(1);
    }
    data.frames = String(this.frames);
    if (this.frames >= this.next) {
      data.fps = String(this.drawn.length);
      this.next = this.frames + EVERY;
    }
  }
}
