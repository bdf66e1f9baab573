// The one range that all panels of a row show, whoever moved it; and the cube that holds all scenes of the volume.

const NOWHERE = [-4, 4, -4, 4];
const same = (a, b) => a.every((v, i) => Math.abs(v - b[i]) <= 1e-4 * Math.abs(b[1] - b[0]));

/** The ends of the box that holds all scenes' bounds; null without a scene. */
function around(scenes, d) {
  if (!scenes.length) return null;
  return Array.from({ length: 2 * d }, (_, i) => Math[i % 2 ? "max" : "min"](...scenes.map(s => s.bounds[i])));
}

/** The least cube about a box. */
function cubeOf(ends) {
  const half = Math.max(...[0, 2, 4].map(i => ends[i + 1] - ends[i])) / 2;
  return [0, 2, 4].flatMap(i => [(ends[i] + ends[i + 1]) / 2 - half, (ends[i] + ends[i + 1]) / 2 + half]);
}

export class Zoom {
  constructor(stage) {
    Object.assign(this, { stage, home: null, cube: null, range: NOWHERE, leader: 0, busy: false });
  }

  get aspect() {
    const [x0, x1, y0, y1] = this.home;
    return (x1 - x0) / (y1 - y0);
  }

  /** Axes that hold all scenes; the zoom goes back there if they are new. True if they are. */
  setHome(scenes) {
    const home = around(scenes.filter(s => s.space === "plane"), 2) ?? NOWHERE, cube = around(scenes.filter(s => s.space === "volume"), 3);
    const before = this.cube;
    this.cube = cube && cubeOf(cube);
    const moved = JSON.stringify(before) !== JSON.stringify(this.cube);
    if (this.home && same(home, this.home)) return moved;
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

  /** Plotly's axes over every panel of the plane; nothing to load where there is none. */
  async showAxes(loadPlotly) {
    const { panels, root } = this.stage, wanted = panels.some(p => p.space === "plane");
    const plotly = wanted && await loadPlotly().catch(error => console.warn(`${error.message}; the axes stay without zoom`));
    if (wanted && !plotly) return;
    for (const panel of [...panels]) {
      if (!root.isConnected) return;
      await panel.showAxes(plotly, this.home, this.range, this.stage.theme);
    }
    root.dataset.axes = wanted ? "plotly" : "canvas";
    this.stage.invalidate();
  }
}
