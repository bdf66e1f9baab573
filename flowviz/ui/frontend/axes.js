// Axes drawn on the canvas itself: before Plotly has come, and in files that do without it. The ticks are those Plotly would choose.

/** Round steps (1, 2 or 5 times a power of ten) as Plotly's automatic ticks take them. */
export function ticks(low, high, pixels, least) {
  const rough = (high - low) / Math.min(9, Math.max(4, pixels / least));
  const base = 10 ** Math.floor(Math.log10(rough)), step = base * [2, 5, 10].find(m => rough / base <= m);
  const out = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) out.push(i * step);
  return { step, values: out };
}

export function tickText(value, step) {
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return (Math.abs(value) < step / 1e6 ? 0 : value).toFixed(digits).replace("-", "−");
}

export function drawAxes(c, box, [x0, x1, y0, y1], theme, font = 12, least = 80) {
  const k = font / 12, marks = ({ step, values }) => values.map(v => ({ at: v, text: tickText(v, step) }));
  drawTicks(c, box, [x0, x1, y0, y1], theme, marks(ticks(x0, x1, box.width, least * k)), marks(ticks(y0, y1, box.height, 40 * k)), font);
}

/** xs, ys: what stands at which coordinate of the plane, [{at, text}]. */
export function drawTicks(c, { left, top, width, height }, [x0, x1, y0, y1], theme, xs, ys, font) {
  c.save();
  c.lineWidth = 1;
  c.strokeStyle = theme.grid;
  c.fillStyle = theme.muted;
  c.font = `${font}px ${theme.font}`;
  c.beginPath();
  c.textAlign = "center";
  c.textBaseline = "top";
  for (const { at, text } of xs) {
    const x = Math.round(left + (at - x0) / (x1 - x0) * width) + .5;
    c.moveTo(x, top);
    c.lineTo(x, top + height);
    c.fillText(text, x, top + height + 6);
  }
  c.textAlign = "right";
  c.textBaseline = "middle";
  for (const { at, text } of ys) {
    const y = Math.round(top + (y1 - at) / (y1 - y0) * height) + .5;
    c.moveTo(left, y);
    c.lineTo(left + width, y);
    c.fillText(text, left - 6, y);
  }
  c.stroke();
  c.strokeStyle = theme.line;
  c.strokeRect(left + .5, top + .5, width, height);
  c.restore();
}
