// What the visitor chose outlives reruns and page switches, for as long as the browser tab lives.

export class Memory {
  constructor(key) {
    this.name = `flowviz.player.${key}`;
    try {
      this.chosen = JSON.parse(sessionStorage.getItem(this.name)) ?? {};
    } catch {
      this.chosen = {};  // storage may be forbidden, or hold what an older version wrote
    }
  }

  /** The choices in force: the visitor's, then the page's, then those of the table of layers. */
  choices(options, table) {
    const { layers = {}, speed = 1, loop = true, turning = null, colour = options.colour ?? "origin" } = this.chosen;
    const usual = Object.fromEntries(Object.values(table).map(layer => [layer.slug, layer.default]));
    return { speed, loop, colour, turning, layers: { ...usual, ...options.layers, ...layers } };
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
