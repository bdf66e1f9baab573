// A figure as a file, made by Plotly in the browser: black on white whatever the page's theme, with letters that every machine has.

const KINDS = { svg: "SVG", png: "PNG" };
const SCALE = 3;  // pixels of a PNG for each of the page's: about 300 per inch in print
const PAPER = {
  "--st-background-color": "#ffffff", "--st-text-color": "#1a1a1a", "--st-primary-color": "#0072b2",
  "--st-font": "Arial, Helvetica, sans-serif",
};

/** Buttons that save a figure, one for each kind of file. */
export function saveButtons(save) {
  const row = document.createElement("div");
  row.className = "fv-save";
  row.dataset.testid = "fv-save";
  Object.assign(row.style, { display: "flex", gap: ".6em", justifyContent: "flex-end", fontSize: ".8rem", opacity: ".8" });
  for (const [kind, label] of Object.entries(KINDS)) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: `Save as ${label}`, onclick: () => save(kind) });
    button.style.cssText = "background: none; border: 0; padding: .1em .2em; color: inherit; font: inherit; text-decoration: underline; cursor: pointer;";
    row.append(button);
  }
  return row;
}

/** An element whose theme is that of paper, as long as `use` needs it. */
export function onPaper(root, use) {
  const paper = document.createElement("div");
  for (const [name, value] of Object.entries(PAPER)) paper.style.setProperty(name, value);
  root.append(paper);
  try { return use(paper); } finally { paper.remove(); }
}

/** Plotly's own download of a figure that is ready to be drawn. */
export function download(plotly, figure, kind, filename) {
  const { width, height } = figure.layout;
  return plotly.downloadImage(figure, { format: kind, filename, width, height, scale: kind === "png" ? SCALE : 1 });
}
