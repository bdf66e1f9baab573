// What the visitor chose outlives reruns and page switches, for as long as the browser tab lives.

export const DEFAULT_LAYERS = { particles: true, trails: true, field: false, density: false, target: true, source: false };

export class Memory {
  constructor(key) {
    this.name = `flowviz.player.${key}`;
    try {
      this.chosen = JSON.parse(sessionStorage.getItem(this.name)) ?? {};
    } catch {
      this.chosen = {};  // storage may be forbidden, or hold what an older version wrote
    }
  }

  /** The choices in force: the visitor's, then the page's, then ours. */
  choices(options) {
    const { layers = {}, speed = 1, loop = true, colour = options.colour ?? "origin" } = this.chosen;
    return { speed, loop, colour, layers: { ...DEFAULT_LAYERS, ...options.layers, ...layers } };
  }

  set(name, value) {
    this.chosen[name] = value;
    try {
      sessionStorage.setItem(this.name, JSON.stringify(this.chosen));
    } catch {
      // not remembered, but in force
    }
  }

  setLayer(name, on) {
    this.set("layers", { ...this.chosen.layers, [name]: on });
  }
}
