// Streamlit's side of the lecture's pictures: finds or makes the picture of a call, and hands it its data once.

import { decodeArrays, peek } from "./decode.js";
import { loadStyle } from "./plotly.js";

const KINDS = {
  pair: () => import("./lesson-pair.js"),
  bell: () => import("./lesson-bell.js"),
  crossing: () => import("./lesson-crossing.js"),
  average: () => import("./lesson-average.js"),
  sampling: () => import("./lesson-sampling.js"),
};
const pictures = new WeakMap();  // by the element Streamlit gave us: a promise, since two calls may overlap

export async function mount({ data, parentElement }) {
  const header = peek(data);
  if (!pictures.has(parentElement)) pictures.set(parentElement, make(header.options.kind, parentElement));
  const picture = await pictures.get(parentElement);
  if (picture.id === header.id) picture.retheme();
  else {
    picture.id = header.id;
    picture.load(decodeArrays(data));
  }
  return () => setTimeout(() => { if (!picture.root.isConnected) picture.destroy(); });
}

async function make(kind, parent) {
  const [{ Picture }] = await Promise.all([KINDS[kind](), loadStyle("player.css"), loadStyle("lesson.css")]);
  const picture = new Picture();
  parent.append(picture.root);
  parent.querySelector(".fv-boot")?.remove();
  return picture;
}
