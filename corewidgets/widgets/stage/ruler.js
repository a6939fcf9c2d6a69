// The ruler: a line with its length and its angle. The arithmetic is that of corewidgets/geology/ruler.py.

import { strokeSeen } from "./outline.js";
import { toCanvas } from "./viewport.js";

const END = 7; // css pixels of the bars at its ends, to either side

// What is written beside a line: its length, in millimetres where the size of a pixel is known, and its angle from
// across the core, positive where it rises to the right.
export function rulerText([[row, column], [toRow, toColumn]], pixelSize) {
  const pixels = Math.hypot(toRow - row, toColumn - column);
  let up = row - toRow;
  let right = toColumn - column;
  if (right < 0 || (right === 0 && up < 0)) [up, right] = [-up, -right];
  const angle = (Math.atan2(up, right) * 180) / Math.PI;
  const length = pixelSize > 0 ? `${(pixels * pixelSize).toPrecision(4)} mm` : `${pixels.toPrecision(4)} px`;
  return `${length}, ${angle.toFixed(1)}°`;
}

export function paintRuler(ctx, view, ends, pixelSize, unit) {
  const [[x, y], [toX, toY]] = ends.map(([row, column]) => toCanvas(view, row, column));
  const length = Math.max(Math.hypot(toX - x, toY - y), 1);
  const [acrossX, acrossY] = [((y - toY) / length) * END * unit, ((toX - x) / length) * END * unit];
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(toX, toY);
  for (const [endX, endY] of [
    [x, y],
    [toX, toY],
  ]) {
    ctx.moveTo(endX - acrossX, endY - acrossY);
    ctx.lineTo(endX + acrossX, endY + acrossY);
  }
  ctx.lineCap = "round";
  strokeSeen(ctx, unit);
  const text = rulerText(ends, pixelSize);
  ctx.font = `600 ${13 * unit}px system-ui, sans-serif`;
  const width = ctx.measureText(text).width + 12 * unit;
  const left = Math.min(Math.max(toX + 10 * unit, view.left), view.left + view.width - width);
  const top = Math.min(Math.max(toY + 8 * unit, view.top), view.top + view.height - 22 * unit);
  ctx.fillStyle = "rgba(20, 20, 20, 0.8)";
  ctx.fillRect(left, top, width, 22 * unit);
  ctx.fillStyle = "white";
  ctx.textBaseline = "middle";
  ctx.fillText(text, left + 6 * unit, top + 11 * unit);
}
