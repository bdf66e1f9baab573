// Writes a page's address over the one that is there: Streamlit itself can only add an entry to the browser's history, and
// does so even before it has turned to the new page.

import { bare } from "./history.js";

const written = new WeakMap();  // by the element Streamlit gave us: which writing was last

export function mount({ data, parentElement }) {
  const { visit, page, query } = data ?? {};
  if (!visit || written.get(parentElement) === visit) return;
  written.set(parentElement, visit);
  const to = new URL(page || ".", location.href);
  if (bare(to.pathname) !== bare(location.pathname)) return;  // gone on, or back, in the meantime
  to.search = query;
  history.replaceState(history.state, "", to);
}
