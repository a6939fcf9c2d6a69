// Points of an outline that can be dragged, such as the corners of a lane, texts at places of the photograph, and a
// field there to type into. The kernel says what there is, and hears where a point was put and what was typed.

import { strokeSeen } from "./outline.js";
import { inside, toCanvas, toImage } from "./viewport.js";

const HANDLE_REACH = 10; // css pixels around a point that still take hold of it
const HANDLE_RADIUS = 6;

// The point that is nearest to a position of the canvas; -1 where none is within reach.
export function nearest(points, at, reach) {
  const far = points.map(([x, y]) => Math.hypot(x - at[0], y - at[1]));
  const best = far.indexOf(Math.min(...far));
  return best >= 0 && far[best] <= reach ? best : -1;
}

export class Handles {
  constructor(layer) {
    this.layer = layer;
    this.dragged = null; // { number, point } until the kernel has the point there
    this.field = null;
  }

  get points() {
    const points = this.layer.model.get("handles").points ?? [];
    if (!this.dragged) return points;
    return points.map((point, number) => (number === this.dragged.number ? this.dragged.point : point));
  }

  onCanvas(points) {
    return points.map(([row, column]) => toCanvas(this.layer.view, row, column));
  }

  // The number of the point under a position of the canvas; -1 for none.
  under(at) {
    const { view, unit } = this.layer;
    return inside(view, ...at) ? nearest(this.onCanvas(this.points), at, HANDLE_REACH * unit) : -1;
  }

  dragTo(number, at) {
    this.dragged = { number, point: toImage(this.layer.view, ...at) };
    this.layer.sheets.paintOver();
  }

  drop() {
    if (!this.dragged) return;
    const { number, point } = this.dragged;
    const [row, column] = point;
    if (!this.layer.send({ kind: "handle", number, row, column })) this.changed();
  }

  // The kernel says where the points are now.
  changed() {
    this.dragged = null;
    this.layer.sheets.paintOver();
  }

  paint(ctx) {
    const { model, view, unit } = this.layer;
    const { texts = [], active = -1 } = model.get("handles");
    const points = this.onCanvas(this.points);
    ctx.save();
    ctx.beginPath();
    ctx.rect(view.left, view.top, view.width, view.height);
    ctx.clip();
    if (points.length) {
      ctx.beginPath();
      for (const [x, y] of points) ctx.lineTo(x, y);
      ctx.closePath();
      ctx.lineJoin = "round";
      strokeSeen(ctx, unit);
    }
    points.forEach((point, number) => {
      disc(
        ctx,
        point,
        (number === active ? HANDLE_RADIUS + 2 : HANDLE_RADIUS) * unit,
        number === active ? "#FFD54A" : "white",
      );
    });
    for (const { row, column, text } of texts) this.write(ctx, toCanvas(view, row, column), text);
    ctx.restore();
  }

  write(ctx, [x, y], text) {
    const { unit } = this.layer;
    disc(ctx, [x, y], 4 * unit, "#FFD54A");
    ctx.font = `600 ${12 * unit}px system-ui, sans-serif`;
    const width = ctx.measureText(text).width + 10 * unit;
    ctx.fillStyle = "rgba(20, 20, 20, 0.8)";
    ctx.fillRect(x + 7 * unit, y - 10 * unit, width, 20 * unit);
    ctx.fillStyle = "white";
    ctx.textBaseline = "middle";
    ctx.fillText(text, x + 12 * unit, y);
  }

  // Let a person type at a place; Enter or a click elsewhere sends it, Escape does not.
  ask({ row, column, text, label }) {
    this.endTyping(false);
    const { root, view, unit } = this.layer;
    const [x, y] = toCanvas(view, row, column);
    const field = document.createElement("input");
    field.className = "cw-ink-field";
    field.type = "text";
    field.value = text;
    field.setAttribute("aria-label", label);
    field.title = label;
    const width = root.clientWidth;
    field.style.left = `${Math.max(0, Math.min(x / unit, width - 110))}px`;
    field.style.top = `${Math.max(0, y / unit - 14)}px`;
    for (const name of ["pointerdown", "pointerup", "pointermove", "dblclick", "wheel"])
      field.addEventListener(name, (event) => event.stopPropagation());
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Escape") this.endTyping(event.key === "Enter", true);
    });
    field.addEventListener("blur", () => this.endTyping(true));
    field.setAttribute("data-lm-suppress-shortcuts", "true");
    root.appendChild(field);
    this.field = field;
    field.focus();
    field.select();
  }

  endTyping(sends, goesBack = false) {
    const { field } = this;
    if (!field) return;
    this.field = null;
    const text = field.value;
    field.remove();
    if (goesBack) this.layer.root.focus({ preventScroll: true });
    this.layer.send(sends ? { kind: "typed", text } : { kind: "typed", text: null });
  }
}

function disc(ctx, [x, y], radius, color) {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fillStyle = color;
  ctx.fill();
  ctx.strokeStyle = "rgba(20, 20, 20, 0.9)";
  ctx.lineWidth = 1.5;
  ctx.stroke();
}
