// Time, state and speed as attributes of the root: for tests, and for anyone who wonders.

export class Report {
  constructor(root) {
    this.data = root.dataset;
    this.frames = 0;
    this.drawn = [];
  }

  show({ t, playing, highlight, range, camera }, now) {
    const data = this.data;
    data.t = t.toFixed(3);
    data.playing = String(playing);
    data.highlight = String(highlight ?? "");
    data.range = range.map(v => v.toFixed(3)).join();
    if (camera) {
      data.azimuth = camera.azimuth.toFixed(1);
      data.elevation = camera.elevation.toFixed(1);
    }
    data.frames = String(++this.frames);
    this.drawn.push(now);
    while (this.drawn[0] < now - 1000) this.drawn.shift();
    if (this.frames % 15 === 0) data.fps = String(this.drawn.length);
  }
}
