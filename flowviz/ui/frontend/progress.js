// How far runs are: words and a bar for each, drawn by the page and renewed by the feed.

import { readTheme, token } from "./colours.js";
import { el } from "./dom.js";
import { forget, place } from "./fed.js";
import { loadStyle } from "./plotly.js";

export async function mount({ data, parentElement }) {
  await loadStyle("player.css");
  const payload = JSON.parse(new TextDecoder().decode(data)), root = parentElement.querySelector(".fv-progress");
  if (!root) return undefined;
  place(payload, payload.lines, root, lines => show(root, lines));
  return () => setTimeout(() => { if (!root.isConnected) forget(payload.key, root); });
}

function show(root, lines) {
  const theme = lines.some(line => line.colour) ? readTheme(root) : null;
  while (root.children.length > lines.length) root.lastChild.remove();
  while (root.children.length < lines.length) root.append(row());
  lines.forEach((line, i) => fill(root.children[i], line, theme));
}

function row() {
  const words = el("p", { class: "fv-words", "data-testid": "fv-words" });
  const bar = el("div", { class: "fv-done", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100, "aria-label": "Steps done" }, el("i"));
  return el("div", { class: "fv-run" }, el("div", { class: "fv-notes" }), bar, words);
}

/** Only what has changed is touched: a screen that is read aloud, or selected, stays as it is. */
function fill(root, { text, share = null, name = "", colour = "", notes = [] }, theme) {
  const [said, bar, words] = root.children, key = `${name} ${text}`;
  if (words.dataset.said !== key) {
    words.dataset.said = key;
    const parts = text.split("**").map((part, i) => (i % 2 ? el("b", {}, part) : part));
    const label = name ? el("b", { class: "fv-letter", style: colour ? `color: ${token(colour, theme)}` : null }, `${name} `) : null;
    words.replaceChildren(...[label, ...parts].filter(part => part !== null));
  }
  bar.hidden = share === null;
  bar.firstChild.style.width = `${100 * (share ?? 0)}%`;
  bar.setAttribute("aria-valuenow", Math.round(100 * (share ?? 0)));
  if (said.dataset.said !== notes.join("\n")) {
    said.dataset.said = notes.join("\n");
    said.replaceChildren(...notes.map(note => el("p", { class: "fv-warning", role: "status" }, note)));
  }
}
