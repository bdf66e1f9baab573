// Back and Forward show what the address says, though Streamlit's server may still be answering for the page that was left.

const STILL = 500;     // milliseconds after which a page that has not come is asked for again
const LINKS = '[data-testid="stTopNavLink"], [data-testid="stSidebarNavLink"]';

export const bare = path => path.replace(/\/+$/, "");
export const busy = () => document.querySelector("[data-testid='stApp']")?.dataset.testScriptState === "running";

/** Whether another page is shown than the address names; unknown (so no) where the list of pages is folded away. */
function astray() {
  const links = [...document.querySelectorAll(LINKS)];
  const shown = links.find(link => link.getAttribute("aria-current") === "page");
  const named = links.find(link => bare(new URL(link.href).pathname) === bare(location.pathname));
  return Boolean(shown && named) && shown !== named;
}

// A message of the page that was left, which arrives after Back, makes Streamlit add that page to the history again: Back
// would seem to do nothing. Until the visitor clicks on something, no other page is added.
let moved = false;
const push = history.pushState;
history.pushState = function (state, title, url) {
  if (moved && url != null && bare(new URL(url, location.href).pathname) !== bare(location.pathname)) return;
  push.call(this, state, title, url);
};
for (const name of ["click", "keydown"]) addEventListener(name, () => { moved = false; }, true);

let wait = 0;
addEventListener("popstate", () => {
  moved = true;
  clearTimeout(wait);
  wait = setTimeout(ask, STILL);
});

// The server answers only the last of several messages that wait: what the old page said at the same moment may win over Back.
function ask() {
  if (!moved || !astray()) return;
  if (busy()) wait = setTimeout(ask, STILL);
  else dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
}
