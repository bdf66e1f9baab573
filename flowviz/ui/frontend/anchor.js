// Brings one element of the page into view, once for each address that asks for it.

const WAIT = 4000;   // elements of a long page arrive one after another
const done = new WeakMap();

export function mount({ data, parentElement }) {
  const asked = `${data?.at ?? ""} ${data?.visit ?? ""}`;
  if (!data?.at || done.get(parentElement) === asked) return;
  done.set(parentElement, asked);
  const until = performance.now() + WAIT;
  let still = 0, before = null;
  const look = () => {
    const found = document.querySelector(`.st-key-${CSS.escape(data.at)}`);
    const top = found?.getBoundingClientRect().top;
    // Pictures above may still be growing: follow until the place has been quiet for a while.
    still = found && top === before ? still + 1 : 0;
    if (found && still === 0) {
      found.style.scrollMarginTop = "5rem";   // Streamlit's head lies over the page
      found.scrollIntoView({ block: "start" });
    }
    before = found?.getBoundingClientRect().top ?? null;
    if (still < 30 && performance.now() < until && parentElement.isConnected) requestAnimationFrame(look);
  };
  const stop = () => { still = 30; };
  for (const name of ["wheel", "touchstart", "keydown", "pointerdown"]) addEventListener(name, stop, { once: true, passive: true });
  look();
}
