// Says once that a part of the page has come near to what is seen.

import { busy } from "./history.js";

const MARGIN = "100% 0px";  // one screen above and below
const STAY = 80;            // milliseconds; what only flies past on a long way is not made

const SOON = 1500;          // milliseconds within which the server begins to answer a click, also where many share it
const LEAVING = 2000;       // and within which the next page comes
const LINKS = ["stTopNavLink", "stSidebarNavLink", "stPageLink-NavLink"].map(id => `[data-testid="${id}"]`).join();

// Streamlit answers the last that it is told. What a part says must not come after a click that is not answered yet: the click
// would be lost, or the page that the visitor has just left would be shown again.
let quiet = 0;
const expect = time => { quiet = Math.max(quiet, performance.now() + time); };
addEventListener("click", event => expect(event.target.closest?.(LINKS) ? LEAVING : SOON), true);
addEventListener("input", () => expect(SOON), true);
addEventListener("popstate", () => expect(LEAVING));

const watched = new WeakMap();  // by the element Streamlit gave us

export function mount({ data, parentElement, setStateValue }) {
  const { part, holds } = data;
  let sight = watched.get(parentElement);
  if (sight?.holds !== holds) {
    sight?.end();
    sight = watch(parentElement.closest(`.st-key-${CSS.escape(part)}`) ?? parentElement, holds);
    watched.set(parentElement, sight);
  }
  sight.tell = () => {
    if (!parentElement.isConnected) return;
    if (performance.now() < quiet || busy()) setTimeout(sight.tell, STAY);
    else setStateValue("near", holds);
  };
  return () => setTimeout(() => { if (!parentElement.isConnected) sight.end(); });
}

function watch(part, holds) {
  const sight = { holds, end: () => { observer.disconnect(); clearTimeout(sight.wait); } };
  // The margin is that of the element that scrolls; around the window it would not reach beyond that element's edge.
  const observer = new IntersectionObserver(entries => {
    clearTimeout(sight.wait);
    if (entries.at(-1).isIntersecting) sight.wait = setTimeout(() => { sight.end(); sight.tell(); }, STAY);
  }, { root: part.closest("[data-testid='stMain']"), rootMargin: MARGIN });
  observer.observe(part);
  return sight;
}
