// The one range that all panels of a row show, whoever moved it.

const NOWHERE = [-4, 4, -4, 4];
const same = (a, b) => a.every((v, i) => Math.abs(v - b[i]) <= 1e-4 * Math.abs(b[1] - b[0]));

export class Zoom {
  constructor(stage) {
    Object.assign(this, { stage, home: null, range: NOWHERE, leader: 0, busy: false });
  }

  get aspect() {
    const [x0, x1, y0, y1] = this.home;
    return (x1 - x0) / (y1 - y0);
  }

  /** Axes that hold all scenes; the zoom goes back there if they are new. True if they are. */
  setHome(scenes) {
    const ends = (i, pick) => pick(...scenes.map(s => s.bounds[i]));
    const home = scenes.length ? [ends(0, Math.min), ends(1, Math.max), ends(2, Math.min), ends(3, Math.max)] : NOWHERE;
    if (this.home && same(home, this.home)) return false;
    this.home = this.range = home;
    this.stage.panels.forEach(p => p.view?.setHome(home));
    return true;
  }

  /** One panel's axes moved. Only the one under the visitor's hand leads; the others' answers are echoes. */
  changed(panel, range) {
    if (panel.index !== this.leader || same(range, this.range)) return;
    this.range = range;
    this.stage.invalidate();
    this.follow();
  }

  /** The other panels' axes come after, as fast as Plotly can, and end where the leader ended. */
  async follow() {
    if (this.busy) return;
    this.busy = true;
    for (let sent = null; sent !== this.range;) {
      sent = this.range;
      await Promise.all(this.stage.panels.filter(p => p.index !== this.leader).map(p => p.view?.setRange(sent)));
    }
    this.busy = false;
  }
}
