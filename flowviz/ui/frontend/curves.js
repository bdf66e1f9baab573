// Moves the curves of a figure that stands: where only their points are new, two paths cost a hundredth of a figure made anew.

const rest = ({ x, y, ...other }) => other;

/** Whether two figures have the same curves, of which only the points differ. */
export function sameCurves(one, other) {
  const curves = figure => JSON.stringify(figure.data.map(rest));
  return Boolean(one) && one.data.length > 0 && one.data.every(trace => trace.mode === "lines") && curves(one) === curves(other);
}

/** Draws the points of each trace into the path that Plotly has made for it; false where there is none. */
export function moveCurves(root, data) {
  const axes = root._fullLayout, paths = [...root.querySelectorAll(".scatterlayer .trace path.js-line")];
  if (!axes?.xaxis || paths.length !== data.length) return false;
  paths.forEach((path, i) => path.setAttribute("d", wayOf(data[i], axes.xaxis, axes.yaxis)));
  return true;
}

function wayOf({ x, y }, across, up) {
  let way = "", pen = "M";
  for (let i = 0; i < x.length; i++) {
    const px = across.d2p(x[i]), py = y[i] === null ? NaN : up.d2p(y[i]);
    if (!Number.isFinite(px) || !Number.isFinite(py)) {
      pen = "M";
      continue;
    }
    way += `${pen}${px.toFixed(2)},${py.toFixed(2)}`;
    pen = "L";
  }
  return way || "M0,0";
}
