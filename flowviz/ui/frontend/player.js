// Streamlit's side of the player: finds or makes the Stage of a call, and hands fed data to the player they are meant for.

import { decode, peek } from "./decode.js";
import { loadPlotly, loadStyle } from "./plotly.js";
import { Stage } from "./stage.js";

const stages = new WeakMap();  // by the element Streamlit gave us
const mounted = new Map();     // by the player's key
const feeds = new Map();       // the latest data fed to each key: index -> {header, bytes, applied}

export async function mount({ data, parentElement }) {
  await loadStyle("player.css");
  const header = peek(data), { key, tag } = header.options;
  let stage = stages.get(parentElement);
  if (!stage) {
    stage = new Stage(key, { loadPlotly });
    stages.set(parentElement, stage);
    parentElement.append(stage.root);
    parentElement.querySelector(".fv-boot")?.remove();
  }
  mounted.set(key, stage);
  if (stage.id === header.id) stage.retheme();
  else {
    renew(stage, header, data, key, tag);
    // Plotly is 4.8 MB to read: the first pictures move before the browser begins with it.
    setTimeout(() => stage.showAxes(), 60);
  }
  return () => leave(stage, key);
}

function renew(stage, header, data, key, tag) {
  stage.id = header.id;
  stage.tag = tag;
  stage.fed = {};
  const kept = feeds.get(key);
  for (const [index, entry] of kept ?? []) {
    const sameTag = entry.header.options.tag === tag;
    // Without a tag nobody knows what older data were about: what has been shown gives way to the new payload.
    if (!sameTag || (entry.applied && !tag)) kept.delete(index);
  }
  stage.load(decode(data));
  for (const entry of kept?.values() ?? []) apply(stage, entry);
}

/** The second component: nothing to see, only bytes for a player. */
export function feed({ data }) {
  const header = peek(data), { player, index } = header.options, entry = { header, bytes: data, applied: false };
  if (!feeds.has(player)) feeds.set(player, new Map());
  feeds.get(player).set(index, entry);
  const stage = mounted.get(player);
  if (stage) apply(stage, entry);
}

function apply(stage, entry) {
  const { id, options } = entry.header;
  if (options.tag !== stage.tag) return;  // waits for the payload it belongs to
  entry.applied = true;
  if (stage.fed[options.index] === id) return;
  stage.fed[options.index] = id;
  stage.feed(options.index, decode(entry.bytes).panels[0]);
}

/** Streamlit also cleans up after calls that a newer one has replaced, so look first whether we are still on the page. */
function leave(stage, key) {
  setTimeout(() => {
    if (stage.root.isConnected) return;
    stage.destroy();
    if (mounted.get(key) !== stage) return;
    mounted.delete(key);
    feeds.delete(key);
  });
}
