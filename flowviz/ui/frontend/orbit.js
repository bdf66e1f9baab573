// What the pointer does in a panel of the volume: dragging turns, the wheel and two fingers magnify, a double click goes back.

const DEGREES = .45;  // for each pixel that is dragged

/** `active()` says whether the panel shows the volume now; `camera.hold` is told what the visitor does. */
export function listenToOrbit(sheet, camera, active) {
  const fingers = new Map();
  const spread = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a[0] - b[0], a[1] - b[1]); };
  const release = event => { fingers.delete(event.pointerId); };

  sheet.addEventListener("pointerdown", event => {
    if (!active() || event.button > 0) return;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    try {
      sheet.setPointerCapture(event.pointerId);
    } catch {
      // a pointer that is gone already
    }
  });
  sheet.addEventListener("pointermove", event => {
    const before = fingers.get(event.pointerId);
    if (!before || !active()) return;
    const apart = fingers.size === 2 ? spread() : 0;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (apart) camera.hold(() => camera.magnify(spread() / apart));
    else camera.hold(() => camera.turn(DEGREES * (before[0] - event.clientX), DEGREES * (event.clientY - before[1])));
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) sheet.addEventListener(name, release);
  // A page that is scrolled past the picture must not be caught by it: the wheel is its own once it has been clicked.
  sheet.addEventListener("wheel", event => {
    if (!active() || !(event.ctrlKey || camera.stage.root.contains(document.activeElement))) return;
    event.preventDefault();
    camera.hold(() => camera.magnify(Math.exp(-event.deltaY / 600)));
  }, { passive: false });
  sheet.addEventListener("dblclick", () => {
    if (active()) camera.hold(() => camera.reset());
  });
}
