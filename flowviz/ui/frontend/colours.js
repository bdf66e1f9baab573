// What colours mean, once for canvas, Plotly and the controls. Labels take Okabe and Ito's palette, quantities take viridis.

// Yellow is darkened on white and blue lightened on black: as published they vanish there.
const PALETTE = {
  light: ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#c8b400", "#3a3a3a"],
  dark: ["#3d9fe0", "#e69f00", "#12b886", "#d48fb6", "#7cc8f5", "#f0732a", "#f0e442", "#d9d9d9"],
};
const VIRIDIS = ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];
const PLASMA = ["#0d0887", "#46039f", "#7201a8", "#9c179e", "#bd3786", "#d8576b", "#ed7953", "#fb9f3a", "#fdca26", "#f0f921"];
const SOURCE = { light: "#0072b2", dark: "#56b4e9" };
const TARGET = { light: "#e07b00", dark: "#f5a742" };

export const rgb = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));

/** The colour at `place`, 0 to 1, of a scale given by its anchors. */
function along(anchors, place) {
  const at = place * (anchors.length - 1), low = Math.min(anchors.length - 2, Math.floor(at));
  const a = rgb(anchors[low]), b = rgb(anchors[low + 1]);
  return a.map((v, c) => Math.round(v + (at - low) * (b[c] - v)));
}

/** Any CSS colour as [r, g, b]; the browser itself knows how to read them. */
let reader = null;
function readColour(text, fallback) {
  reader ??= Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  reader.fillStyle = fallback;
  reader.fillStyle = text || fallback;
  reader.fillRect(0, 0, 1, 1);
  return [...reader.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

/** The page's colours as they are now, from Streamlit's CSS variables; outside Streamlit from the system's scheme. */
export function readTheme(element) {
  const style = getComputedStyle(element);
  const system = matchMedia("(prefers-color-scheme: dark)").matches;
  const css = (name, light, dark) => style.getPropertyValue(name).trim() || (system ? dark : light);
  const background = css("--st-background-color", "#ffffff", "#0e1117");
  const ground = readColour(background, "#ffffff");
  const dark = .299 * ground[0] + .587 * ground[1] + .114 * ground[2] < 128;
  const mode = dark ? "dark" : "light";
  const text = css("--st-text-color", "#31333f", "#fafafa");
  return {
    dark, background, ground, text,
    font: css("--st-font", "system-ui, sans-serif", "system-ui, sans-serif"),
    primary: css("--st-primary-color", "#0072b2", "#3d9fe0"),
    muted: dark ? "#a3a8b4" : "#62656f",
    grid: dark ? "rgba(250,250,250,.10)" : "rgba(49,51,63,.10)",
    line: dark ? "rgba(250,250,250,.28)" : "rgba(49,51,63,.28)",
    arrow: dark ? "rgba(214,218,226,.62)" : "rgba(70,74,84,.62)",
    veil: `rgba(${ground},.8)`,
    strong: dark ? "#ffffff" : "#000000",
    source: SOURCE[mode], target: TARGET[mode],
    palette: PALETTE[mode],
    scale: scaleColours(dark),
    judged: judgedColours(mode),
  };
}

/**
 * Colours of a quantity from nothing (the page shows through) to its maximum, as little-endian RGBA words.
 * It always grows away from the background: viridis as it is on black, turned round on white.
 */
function scaleColours(dark) {
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const [r, g, b] = along(VIRIDIS, dark ? .16 + .84 * i / 255 : 1 - .92 * i / 255);
    const alpha = Math.round(255 * Math.min(.82, 1.6 * i / 255));
    return (alpha << 24 | b << 16 | g << 8 | r) >>> 0;
  });
}

/** Colours of a probability, as words like those: the source's at 0, nothing at ½, the target's at 1; dots stay legible on both. */
function judgedColours(mode) {
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const [r, g, b] = rgb((i < 128 ? SOURCE : TARGET)[mode]), alpha = Math.round(255 * .6 * Math.abs(2 * i / 255 - 1));
    return (alpha << 24 | b << 16 | g << 8 | r) >>> 0;
  });
}

/** Colours of "by speed": another scale than the density's, cut where it would vanish in the page. */
export function speedColours(dark) {
  return Array.from({ length: 64 }, (_, i) => along(PLASMA, dark ? .28 + .72 * i / 63 : .82 * i / 63));
}

/** A colour token such as "fv:source", "fv:3" or "var(--fv-source)" in the given theme; anything else stays as it is. */
export function token(value, theme) {
  const name = typeof value === "string" ? /^(?:fv:|var\(--fv-)(\w+)\)?$/.exec(value)?.[1] : null;
  if (!name) return value;
  return /^[0-7]$/.test(name) ? theme.palette[+name] : theme[name] ?? value;
}
