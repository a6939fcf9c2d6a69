// Points and sides of an outline that can be dragged, such as those of a lane, texts at places of the photograph, and a
// field there to type into. The kernel says what there is, and hears where a point was put and what was typed.

import { strokeSeen } from "./outline.js";
import { inside, toCanvas, toImage } from "./viewport.js";

const HANDLE_REACH = 10; // css pixels around a point that still take hold of it
const HANDLE_RADIUS = 6;
const SIDE_REACH = 6; // css pixels beside a side
const CURSORS = ["ew-resize", "nwse-resize", "ns-resize", "nesw-resize"]; // across a side, by eighths of a turn

// The point that is nearest to a position of the canvas; -1 where none is within reach.
export function nearest(points, at, reach) {
  const far = points.map(([x, y]) => Math.hypot(x - at[0], y - at[1]));
  const best = far.indexOf(Math.min(...far));
  return best >= 0 && far[best] <= reach ? best : -1;
}

// The side of a closed outline, by the point before it, that is nearest to a position; -1 where none is within reach.
export function nearestSide(points, at, reach) {
  const far = points.map((point, number) => besideSide(point, points[(number + 1) % points.length], at));
  const best = far.indexOf(Math.min(...far));
  return best >= 0 && far[best] <= reach ? best : -1;
}

function besideSide([x, y], [toX, toY], at) {
  const [across, down] = [toX - x, toY - y];
  const along = ((at[0] - x) * across + (at[1] - y) * down) / (across ** 2 + down ** 2);
  return along > 0 && along < 1 ? Math.hypot(at[0] - x - along * across, at[1] - y - along * down) : Infinity;
}

// What of a step moves a side across itself, as far as both of its ends stay on a photograph of so many rows and columns.
export function sideStep([from, to], step, size) {
  const [down, across] = [to[0] - from[0], to[1] - from[1]];
  const share = (step[0] * across - step[1] * down) / (down ** 2 + across ** 2);
  const beside = [share * across, -share * down];
  const room = [from, to].flatMap((point) => beside.map((by, axis) => roomFor(point[axis], by, size[axis])));
  const free = Math.max(0, Math.min(1, ...room));
  return beside.map((by) => by * free);
}

function roomFor(at, by, size) {
  if (!by) return 1;
  return ((by < 0 ? -0.5 : size - 0.5) - at) / by;
}

export class Handles {
  constructor(layer) {
    this.layer = layer;
    this.dragged = null; // what is sent of it, and the `moved` points by number, until the kernel has them there
    this.field = null;
  }

  get points() {
    return this.kept.map((point, number) => this.dragged?.moved[number] ?? point);
  }

  // Where the kernel has the points.
  get kept() {
    return this.layer.model.get("handles").points ?? [];
  }

  onCanvas(points) {
    return points.map(([row, column]) => toCanvas(this.layer.view, row, column));
  }

  // The number of the point under a position of the canvas; -1 for none.
  under(at) {
    const { view, unit } = this.layer;
    return inside(view, ...at) ? nearest(this.onCanvas(this.points), at, HANDLE_REACH * unit) : -1;
  }

  // The side under a position of the canvas, by the number of the point before it; -1 for none. A held Space moves the
  // view, also beside a side.
  side(at) {
    const { view, unit, keyboard, model } = this.layer;
    const { closed = true } = model.get("handles");
    return closed && !keyboard.space && inside(view, ...at)
      ? nearestSide(this.onCanvas(this.points), at, SIDE_REACH * unit)
      : -1;
  }

  // How the pointer looks over a side: it shows the way that the side can be moved.
  sideCursor(number) {
    const points = this.onCanvas(this.points);
    const [[x, y], [toX, toY]] = [points[number], points[(number + 1) % points.length]];
    const turn = Math.atan2(toX - x, y - toY); // of what is square to the side
    return CURSORS[(Math.round((4 * turn) / Math.PI) + 8) % 4];
  }

  dragTo(number, at) {
    const [row, column] = toImage(this.layer.view, ...at);
    this.drag({ kind: "handle", number, row, column }, { [number]: [row, column] });
  }

  // A side is moved from a place of the photograph to a position of the canvas.
  dragSide(number, start, at) {
    const { view } = this.layer;
    const end = toImage(view, ...at);
    const next = (number + 1) % this.kept.length;
    const ends = [this.kept[number], this.kept[next]];
    const step = [end[0] - start[0], end[1] - start[1]];
    const [rows, columns] = sideStep(ends, step, [view.n_rows, view.n_columns]);
    const moved = ends.map(([row, column]) => [row + rows, column + columns]);
    this.drag({ kind: "side", number, rows, columns }, { [number]: moved[0], [next]: moved[1] });
  }

  drag(sent, moved) {
    this.dragged = { sent, moved };
    this.layer.sheets.paintOver();
  }

  drop() {
    if (this.dragged && !this.layer.send(this.dragged.sent)) this.changed();
  }

  // The kernel says where the points are now. One that is held may be gone.
  changed() {
    const { gestures, sheets } = this.layer;
    this.dragged = null;
    if (gestures.gesture?.number >= this.kept.length) gestures.giveUp();
    sheets.paintOver();
  }

  paint(ctx) {
    const { model, view, unit } = this.layer;
    const { texts = [], active = -1, closed = true } = model.get("handles");
    const points = this.onCanvas(this.points);
    ctx.save();
    ctx.beginPath();
    ctx.rect(view.left, view.top, view.width, view.height);
    ctx.clip();
    if (points.length && closed) {
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
