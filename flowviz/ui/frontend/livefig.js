// A Plotly figure that is renewed in place: zoom stays, colours follow the page's theme.

import { readTheme, token } from "./colours.js";
import { moveCurves, sameCurves } from "./curves.js";
import { forget, place } from "./fed.js";
import { loadPlotly } from "./plotly.js";
import { download, onPaper, saveButtons } from "./save.js";

const PATIENCE = 25;  // new axes at most one part in so many of the time
const NEAR = "200px";  // so far outside the window a figure counts as seen
const figures = new WeakMap();  // by the element Streamlit gave us

export async function mount({ data, parentElement }) {
  let figure = figures.get(parentElement);
  if (!figure) {
    figure = new LiveFigure(parentElement);
    figures.set(parentElement, figure);
  }
  const payload = JSON.parse(new TextDecoder().decode(data));
  Object.assign(figure, { height: payload.height, still: payload.static, key: payload.key });
  figure.savable(payload.save);
  figure.root.style.height = `${payload.height}px`;
  figure.plotly = await loadPlotly();
  await place(payload, payload.figure, figure.root, spec => figure.renew(spec));
  return () => setTimeout(() => { if (!figure.root.isConnected) figure.destroy(); });
}

class LiveFigure {
  constructor(parent) {
    this.root = document.createElement("div");
    this.root.className = "fv-livefig";
    this.root.dataset.testid = "fv-livefig";
    this.root.figure = this;  // for the browser's console and for tests
    Object.assign(this.root.style, { width: "100%", overflow: "hidden" });
    parent.append(this.root);
    this.root.addEventListener("pointerenter", () => this.hover(true));
    this.root.addEventListener("pointerleave", () => this.hover(false));
    this.sizes = new ResizeObserver(() => { if (this.drawnWidth !== this.root.clientWidth) this.draw(); });
    this.sizes.observe(this.root);
    this.sight = new IntersectionObserver(entries => {
      this.unseen = !entries.at(-1).isIntersecting;
      if (!this.unseen && this.late) this.draw();
    }, { rootMargin: NEAR });
    this.sight.observe(this.root);
  }

  renew(figure) {
    const before = this.figure;
    this.figure = figure;
    // Below the window of a phone nobody sees it, and it would take from the pictures' time: it is drawn when it comes near.
    if (this.unseen && this.drawnWidth) {
      this.late = true;
      return undefined;
    }
    // Hovering reads Plotly's own numbers, so they are made new when the pointer comes.
    if (this.hovered || !this.drawnWidth || !sameCurves(before, figure) || !moveCurves(this.root, figure.data)) return this.draw();
    this.moved = true;
    this.count();
    if (JSON.stringify(before.layout) !== JSON.stringify(figure.layout)) this.later();
    return undefined;
  }

  /** New axes soon, but the less often the longer they take: on a phone they cost as much as ten pictures. */
  later() {
    this.waiting ??= setTimeout(() => this.draw(), Math.max(0, PATIENCE * this.cost - (performance.now() - this.drawnAt)));
  }

  /** Buttons below the figure, where it has a name to be saved by. */
  savable(name) {
    this.name = name;
    if (name && !this.saving) this.root.after(this.saving = saveButtons(kind => this.save(kind)));
    if (!name) { this.saving?.remove(); this.saving = undefined; }
  }

  async save(kind) {
    const plotly = await loadPlotly();  // a press before it is read is not lost
    while (!this.figure && this.root.isConnected) await new Promise(done => setTimeout(done, 50));
    if (!this.root.clientWidth) return;
    const drawn = onPaper(this.root, paper => this.spec(readTheme(paper)));
    drawn.layout.paper_bgcolor = drawn.layout.plot_bgcolor = "#ffffff";
    await download(plotly, drawn, kind, this.name);
  }

  /** What Plotly is given: the figure in a theme's colours, as wide as there is room. */
  spec(theme) {
    const { data, layout } = recolour(this.figure, theme);
    const size = { width: this.root.clientWidth, height: this.height, autosize: false };
    return { data: data ?? [], layout: { ...themed(layout ?? {}, theme, this.still), ...size } };
  }

  hover(on) {
    this.hovered = on;
    if (on && this.moved) this.draw();
  }

  count() {
    this.root.dataset.draws = String(1 + Number(this.root.dataset.draws ?? 0));
  }

  async draw() {
    const width = this.root.clientWidth, { still } = this;
    if (!this.plotly || !width || !this.figure) return;
    this.drawnWidth = width;
    this.moved = this.late = false;
    clearTimeout(this.waiting);
    this.waiting = undefined;
    const began = performance.now();
    const { data, layout } = this.spec(readTheme(this.root));
    const config = { displayModeBar: false, responsive: false, doubleClick: still ? false : "reset", scrollZoom: false };
    await this.plotly.react(this.root, data, layout, config);
    this.drawnAt = performance.now();
    this.cost = this.drawnAt - began;
    this.count();
  }

  destroy() {
    clearTimeout(this.waiting);
    forget(this.key, this.root);
    this.sizes.disconnect();
    this.sight.disconnect();
    this.plotly?.purge(this.root);
    this.saving?.remove();
    this.root.remove();
  }
}

/** A copy in which every colour token has its colour. */
function recolour(value, theme) {
  if (Array.isArray(value)) return value.map(item => recolour(item, theme));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, recolour(v, theme)]));
  return token(value, theme);
}

/** The page's colours wherever the figure does not name its own. */
function themed(layout, theme, still) {
  const out = {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", colorway: theme.palette, uirevision: "kept", hovermode: "closest",
    margin: { l: 56, r: 12, t: 12, b: 40 }, dragmode: still ? false : "zoom", ...layout,
    font: { family: theme.font, size: 12, color: theme.text, ...layout.font },
    hoverlabel: { bgcolor: theme.background, bordercolor: theme.line, font: { color: theme.text }, ...layout.hoverlabel },
    legend: { bgcolor: "rgba(0,0,0,0)", orientation: "h", y: 1.02, yanchor: "bottom", x: 0, ...layout.legend },
  };
  for (const name of new Set(["xaxis", "yaxis", ...Object.keys(layout).filter(k => /^[xy]axis\d*$/.test(k))])) {
    out[name] = {
      gridcolor: theme.grid, linecolor: theme.line, zerolinecolor: theme.line, zeroline: false, tickfont: { color: theme.muted },
      automargin: true, fixedrange: still,
      // 1, 2, 5 within each decade: all nine digits would lie on each other.
      ...(layout[name]?.type === "log" ? { dtick: "D2" } : {}), ...layout[name],
    };
  }
  return out;
}
