// Streamlit's side of the player: finds or makes the Stage of a call, and hands what the feed brings to the player it is meant for.

import { decode, peek } from "./decode.js";
import { loadPlotly, loadStyle } from "./plotly.js";
import { Stage } from "./stage.js";

const stages = new WeakMap();  // by the element Streamlit gave us
const mounted = new Map();     // by the player's key
const completed = new Map();   // the last densities brought for each key: {of, densities}
const feeds = new Map();       // the latest data fed to each key: index -> {id, tag, panel, applied}

const AFTER = 250;  // milliseconds that the browser may need to show what the server has just made
let busy = -AFTER;   // when the page was last seen being made

/** Whether the page is being made anew, or was a moment ago: the visitor waits for another picture. */
function awaited() {
  const now = performance.now(), state = document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState;
  if (state === "rerunRequested" || state === "running") busy = now;
  return now - busy < AFTER;
}

export async function mount({ data, parentElement }) {
  await loadStyle("player.css");
  const header = peek(data), { key, tag } = header.options;
  let stage = stages.get(parentElement);
  if (!stage) {
    stage = new Stage(key, { loadPlotly, awaited });
    stages.set(parentElement, stage);
    parentElement.append(stage.root);
    parentElement.querySelector(".fv-boot")?.remove();
  }
  mounted.set(key, stage);
  if (stage.id === header.id) stage.retheme();
  else {
    renew(stage, header, data, key, tag);
    showAxes(stage);
  }
  return () => leave(stage, key);
}

/** Plotly's axes; under a finger, which does not zoom by dragging, only once it touches a picture: the canvas draws the same. */
function showAxes(stage) {
  if (!matchMedia("(pointer: coarse)").matches || stage.touched) return setTimeout(() => stage.showAxes());
  stage.root.dataset.axes = "canvas";
  if (stage.touched === undefined) {
    stage.touched = false;
    stage.row.addEventListener("pointerdown", () => {
      stage.touched = true;
      setTimeout(() => stage.showAxes());
    }, { once: true });
  }
  return undefined;
}

function renew(stage, header, data, key, tag) {
  stage.id = header.id;
  stage.tag = tag;
  stage.fed = {};
  const kept = feeds.get(key);
  for (const [index, entry] of kept ?? []) {
    const sameTag = entry.tag === tag;
    // Without a tag nobody knows what older data were about: what has been shown gives way to the new payload.
    if (!sameTag || (entry.applied && !tag)) kept.delete(index);
  }
  stage.load(decode(data));
  const later = completed.get(key);
  if (later?.of === stage.id) stage.complete(later.densities);
  for (const [index, entry] of kept ?? []) apply(stage, index, entry);
}

/** Densities of the payload `of`, which may not be there yet. */
export function complete({ key, of, densities }) {
  completed.set(key, { of, densities });
  const stage = mounted.get(key);
  if (stage?.id === of) stage.complete(densities);
}

/** Fresh data for one panel of a player, which may not be there yet: time, play state, zoom and layers stay. */
export function renewPanel(key, index, { id, tag, panel }) {
  const entry = { id, tag, panel, applied: false };
  if (!feeds.has(key)) feeds.set(key, new Map());
  feeds.get(key).set(index, entry);
  const stage = mounted.get(key);
  if (stage) apply(stage, index, entry);
}

function apply(stage, index, entry) {
  if (entry.tag !== stage.tag) return;  // waits for the payload it belongs to
  entry.applied = true;
  if (stage.fed[index] === entry.id) return;
  stage.fed[index] = entry.id;
  stage.feed(index, entry.panel);
}

/** Streamlit also cleans up after calls that a newer one has replaced, so look first whether we are still on the page. */
function leave(stage, key) {
  setTimeout(() => {
    if (stage.root.isConnected) return;
    stage.destroy();
    if (mounted.get(key) !== stage) return;
    mounted.delete(key);
    feeds.delete(key);
    completed.delete(key);
  });
}
