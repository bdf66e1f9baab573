// Says once that a part of the page has come near to what is seen.

const MARGIN = "100% 0px";  // one screen above and below
const STAY = 80;            // milliseconds; what only flies past on a long way is not made

const watched = new WeakMap();  // by the element Streamlit gave us

export function mount({ data, parentElement, setStateValue }) {
  const { part, holds } = data;
  let sight = watched.get(parentElement);
  if (sight?.holds !== holds) {
    sight?.end();
    sight = watch(parentElement.closest(`.st-key-${CSS.escape(part)}`) ?? parentElement, holds);
    watched.set(parentElement, sight);
  }
  sight.tell = () => setStateValue("near", holds);
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
