// The keyboard: for the player that has the focus or lies under the pointer, and never while somebody types.

const STEP = 1 / 60;
const DEGREES = 5, NEARER = 1.15;

export function listenToKeys(stage) {
  let over = false;
  stage.root.addEventListener("pointerenter", () => { over = true; });
  stage.root.addEventListener("pointerleave", () => { over = false; });

  const onKey = event => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = document.activeElement, inside = stage.root.contains(target), range = target?.matches?.('input[type="range"]');
    const idle = !target || target === document.body || target.matches("[data-testid='stMain'], [data-testid='stApp']");
    // A page whose own arrows turn its leaves (the lecture) wants the focus, not only the pointer, before it gives them away.
    if (!(inside || (over && idle && !document.documentElement.dataset.fvArrows))) return;
    if (target?.matches?.("input, textarea, select, [contenteditable]") && !(inside && range)) return;
    // On a focused button Space means that button.
    if (event.key === " " && target?.matches?.("button, a")) return;
    if (act(stage, event)) event.preventDefault();
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

function act(stage, event) {
  const step = event.shiftKey ? .1 : STEP;
  switch (event.key) {
    case " ": stage.toggle(); return true;
    case "ArrowLeft": case "ArrowDown": stage.scrub(stage.clock.t - step); return true;
    case "ArrowRight": case "ArrowUp": stage.scrub(stage.clock.t + step); return true;
    case "Home": stage.scrub(0); return true;
    case "End": stage.scrub(1); return true;
    case "Escape": return stage.pin(null);
    default: return stage.camera.seen && turn(stage, event.key.toLowerCase());
  }
}

/** In the volume the letters look from elsewhere: the arrows are time's. */
function turn(stage, key) {
  const ways = {
    a: c => c.turn(-DEGREES, 0), d: c => c.turn(DEGREES, 0), w: c => c.turn(0, DEGREES), s: c => c.turn(0, -DEGREES),
    "+": c => c.magnify(NEARER), "=": c => c.magnify(NEARER), "-": c => c.magnify(1 / NEARER), 0: c => c.reset(),
  };
  if (!ways[key]) return false;
  stage.camera.hold(ways[key]);
  return true;
}
