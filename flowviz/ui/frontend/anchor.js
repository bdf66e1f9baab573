// Brings one element of the page into view, once for each address that asks for it.

import "./history.js";

const WAIT = 4000;   // elements of a long page arrive one after another
const done = new WeakMap();
const followed = new WeakMap();

export function mount({ data, parentElement, setTriggerValue }) {
  follow(parentElement, data?.name, value => setTriggerValue("go", value));
  const asked = `${data?.at ?? ""} ${data?.visit ?? ""}`;
  if (!data?.at || done.get(parentElement) === asked) return;
  done.set(parentElement, asked);
  const until = performance.now() + WAIT;
  let stopped = false;
  const look = () => {
    // A last scroll after the visitor has pressed would move what they press away under the pointer.
    if (stopped) return;
    const found = document.querySelector(`.st-key-${CSS.escape(data.at)}`);
    if (found) {
      // Pictures above and below still grow, and a page that is too short does not scroll far enough: follow for the whole
      // time, unless the visitor moves.
      found.style.scrollMarginTop = "5rem";   // Streamlit's head lies over the page
      found.scrollIntoView({ block: "start" });
    }
    if (performance.now() < until && parentElement.isConnected) requestAnimationFrame(look);
  };
  const stop = () => { stopped = true; };
  for (const name of ["wheel", "touchstart", "keydown", "pointerdown", "input"]) addEventListener(name, stop, { once: true, passive: true });
  look();
}

/** Links from a page to another place on itself stay in the window: Streamlit would open a new one. */
function follow(parent, name, go) {
  if (!name) return;
  const before = followed.get(parent);
  followed.set(parent, go);
  if (before) return;
  const act = event => {
    if (!parent.isConnected) return removeEventListener("click", act, true);
    const link = event.target.closest?.("a[href]");
    const url = link && new URL(link.href);
    const asked = url?.searchParams.get(name);
    if (!asked || url.origin !== location.origin || url.pathname !== location.pathname) return;
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    followed.get(parent)(asked);
  };
  addEventListener("click", act, true);
}
