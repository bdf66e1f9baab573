// Plotly's part of a panel: axes, zoom and pan in a transparent figure that lies over the canvas.

const CONFIG = {
  displaylogo: false, showTips: false, responsive: false, scrollZoom: false, doubleClick: "reset",
  modeBarButtons: [["zoom2d", "pan2d", "resetScale2d"]],
};

const touch = () => matchMedia("(pointer: coarse)").matches;

export class View {
  constructor(plotly, element, onRange) {
    this.plotly = plotly;
    this.element = element;
    this.onRange = onRange;
    this.ready = false;
  }

  /**
   * place: {box, size, font} of plot area, element and numbers; home: the range that reset goes back to; range: the one to show;
   * numbered: whether Plotly draws numbers and grid. In units of own data the canvas does.
   */
  async show(place, home, range, theme, numbered) {
    this.place = place;
    const layout = { ...this.frame(place), ...this.static(home, theme, place.font, numbered) };
    await this.plotly.newPlot(this.element, [{ x: [null], y: [null], mode: "markers", type: "scatter", hoverinfo: "skip" }], layout, CONFIG);
    this.ready = true;
    if (range.some((v, i) => v !== home[i])) await this.setRange(range);
    for (const name of ["plotly_relayouting", "plotly_relayout", "plotly_afterplot"]) {
      this.element.on(name, () => this.onRange(this.range()));
    }
    this.onRange(this.range());
  }

  frame({ box, size }) {
    return {
      width: size.width, height: size.height, autosize: false,
      margin: { l: box.left, t: box.top, r: size.width - box.left - box.width, b: size.height - box.top - box.height, pad: 0 },
    };
  }

  /** Numbers and grid by Plotly, or not. */
  number(numbered) {
    if (!this.ready || this.numbered === numbered) return;
    this.numbered = numbered;
    this.plotly.relayout(this.element, Object.fromEntries(["xaxis", "yaxis"].flatMap(a => ["showticklabels", "showgrid"].map(k => [`${a}.${k}`, numbered]))));
  }

  static([x0, x1, y0, y1], theme, size, numbered) {
    this.numbered = numbered;
    const axis = {
      showticklabels: numbered, showgrid: numbered,
      zeroline: false, showline: true, mirror: true, ticks: "", automargin: false, title: { text: "" }, exponentformat: "power",
    };
    return {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false, hovermode: false,
      // On a touch screen a drag scrolls the page; the buttons still switch zooming on.
      dragmode: touch() ? false : "zoom",
      font: { family: theme.font, size, color: theme.muted },
      xaxis: { ...axis, range: [x0, x1], gridcolor: theme.grid, linecolor: theme.line },
      yaxis: { ...axis, range: [y0, y1], gridcolor: theme.grid, linecolor: theme.line, scaleanchor: "x", scaleratio: 1 },
      modebar: { bgcolor: theme.veil, color: theme.muted, activecolor: theme.text, orientation: "h" },
    };
  }

  /** What the axes show now, also in the middle of a drag. */
  range() {
    const { xaxis, yaxis } = this.element._fullLayout;
    return [...xaxis.range, ...yaxis.range].map(Number);
  }

  setRange([x0, x1, y0, y1]) {
    if (!this.ready) return null;
    return this.plotly.relayout(this.element, { "xaxis.range": [x0, x1], "yaxis.range": [y0, y1] });
  }

  /** A new home, for other bounds. */
  setHome(home) {
    if (this.ready) {
      const { xaxis, yaxis } = this.element._fullLayout;
      Object.assign(xaxis, { _rangeInitial0: home[0], _rangeInitial1: home[1] });
      Object.assign(yaxis, { _rangeInitial0: home[2], _rangeInitial1: home[3] });
    }
    return this.setRange(home);
  }

  resize(place) {
    if (!this.ready) return null;
    this.place = place;
    return this.plotly.relayout(this.element, { ...this.frame(place), "font.size": place.font });
  }

  recolour(theme) {
    if (!this.ready) return;
    const changes = { "font.color": theme.muted, "modebar.bgcolor": theme.veil, "modebar.color": theme.muted, "modebar.activecolor": theme.text };
    for (const axis of ["xaxis", "yaxis"]) Object.assign(changes, { [`${axis}.gridcolor`]: theme.grid, [`${axis}.linecolor`]: theme.line });
    this.plotly.relayout(this.element, changes);
  }

  destroy() {
    if (this.ready) this.plotly.purge(this.element);
    this.ready = false;
  }
}
