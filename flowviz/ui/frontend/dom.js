// Small things for building controls without a framework.

/** el("button", {class: "fv-chip", onclick: f, "aria-pressed": "true"}, "Trails") */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter(child => child !== null && child !== undefined));
  return node;
}

const PATHS = {
  play: "M7 4.5v15l12.5-7.5z",
  pause: "M6.5 4.5h4v15h-4zM13.5 4.5h4v15h-4z",
  loop: "M17 2.5l4 4-4 4v-3H8a4 4 0 0 0-4 4v1H2v-1a6 6 0 0 1 6-6h9zM7 21.5l-4-4 4-4v3h9a4 4 0 0 0 4-4v-1h2v1a6 6 0 0 1-6 6H7z",
  turn: "M12 5c5.2 0 9.5 2.4 9.5 5.6 0 2.6-2.8 4.7-6.7 5.4v2.6L10.6 15l4.2-3.6v2.5c2.7-.6 4.6-1.9 4.6-3.3 0-1.9-3.3-3.5-7.4-3.5s-7.4 1.6-7.4 3.5c0 1.2 1.4 2.3 3.6 3l-.5 2C4.5 14.7 2.5 12.8 2.5 10.6 2.5 7.4 6.800 5 12 5z",
  full: "M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z",
  small: "M8 4h2v6H4V8h4zM14 4h2v4h4v2h-6zM4 14h6v6H8v-4H4zM14 14h6v2h-4v4h-2z",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** A number with as many digits as help: 0.0432, 4.2, 130. */
export function tidy(value) {
  if (!Number.isFinite(value)) return "not finite";
  if (value === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size >= 5 || size < -4) return value.toExponential(1).replace("-", "−");
  return value.toFixed(Math.max(0, 1 - size)).replace("-", "−");
}
