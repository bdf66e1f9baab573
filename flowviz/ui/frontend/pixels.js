// How large a canvas has to be, and when that changes: with its element, and with the screen on which its window stands.

const REACH = .005;  // a ratio need not be a short decimal, and the one that a media query sees may be rounded

/** Pixels of a canvas for a CSS pixel; more than two are not seen, and cost time. */
export const pixelRatio = () => Math.min(2, window.devicePixelRatio || 1);

/** Calls `act` when the window comes to a screen with more or fewer pixels, at whatever size it has; gives what ends that. */
export function watchPixelRatio(act) {
  let query = null;
  const stop = () => query?.removeEventListener("change", changed);
  const watch = () => {
    stop();
    const now = window.devicePixelRatio || 1;
    query = matchMedia(`(min-resolution: ${now - REACH}dppx) and (max-resolution: ${now + REACH}dppx)`);
    query.addEventListener("change", changed);
  };
  const changed = () => {
    watch();
    act();
  };
  watch();
  return stop;
}

/** Calls `act` when an element's size or the pixels that it is shown with change; gives what ends that. */
export function watchSize(element, act) {
  const sizes = new ResizeObserver(act), stop = watchPixelRatio(act);
  sizes.observe(element);
  return () => {
    sizes.disconnect();
    stop();
  };
}
