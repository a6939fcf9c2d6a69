// The sheets that the layer draws on: the moved picture, the strokes, and the outline of a polygon.

import { drawOutline, strokeSeen } from "./outline.js";
import { paintRuler } from "./ruler.js";
import { middle, sameView, toCanvas, toImage } from "./viewport.js";

export class Sheets {
  constructor(layer, root) {
    this.layer = layer;
    const canvas = (name) => {
      const made = document.createElement("canvas");
      made.className = name;
      root.appendChild(made);
      return made;
    };
    this.under = canvas("cw-ink-under"); // the moved picture, while the kernel makes a new one
    this.ink = canvas("cw-ink-strokes");
    this.over = canvas("cw-ink-outline"); // of a polygon, or of a clast
    this.bare = document.createElement("canvas"); // the picture without the labels
    this.bareFor = null; // the gesture that it was made for
  }

  get width() {
    return this.over.width;
  }

  get height() {
    return this.over.height;
  }

  resize([width, height]) {
    for (const canvas of [this.under, this.ink, this.over]) {
      canvas.width = width;
      canvas.height = height;
    }
  }

  paint() {
    this.paintUnder();
    const ctx = this.ink.getContext("2d");
    ctx.clearRect(0, 0, this.width, this.height);
    for (const stroke of this.layer.pictures.pending) this.drawStroke(ctx, stroke);
    const { gesture } = this.layer.gestures;
    if (gesture?.stroke) this.drawStroke(ctx, gesture.stroke);
    this.paintOver();
  }

  paintUnder() {
    const ctx = this.under.getContext("2d");
    ctx.clearRect(0, 0, this.width, this.height);
    const { view, shown, canvases } = this.layer.pictures;
    if (!canvases || sameView(view, shown) || view.rotation !== shown.rotation) return;
    ctx.save();
    clip(ctx, view);
    ctx.fillStyle = this.layer.model.get("ground");
    ctx.fillRect(view.left, view.top, view.width, view.height);
    const factor = view.scale / shown.scale;
    const [x, y] = toCanvas(view, shown.row, shown.column);
    const [mx, my] = middle(shown);
    ctx.imageSmoothingEnabled = view.scale < 2;
    ctx.translate(x - mx * factor, y - my * factor);
    ctx.scale(factor, factor);
    const { left, top, width, height } = shown;
    for (const canvas of canvases.slice(0, -1)) {
      ctx.drawImage(canvas, left, top, width, height, left, top, width, height);
    }
    ctx.restore();
  }

  // A piece of the stroke that is being drawn, from its point `from` on.
  extend(stroke, from = 0) {
    this.drawStroke(this.ink.getContext("2d"), stroke, from);
  }

  drawStroke(ctx, stroke, from = 0) {
    const { view } = this.layer;
    ctx.save();
    clip(ctx, view);
    ctx.lineCap = ctx.lineJoin = "round";
    ctx.lineWidth = Math.max(stroke.size * view.scale, 1);
    ctx.strokeStyle = ctx.fillStyle = stroke.erases ? this.eraser(ctx) : stroke.color;
    const points = stroke.points
      .slice(Math.max(from - 1, 0))
      .map(([row, column]) => toCanvas(view, row, column));
    ctx.beginPath();
    if (stroke.gesture === "lasso") {
      for (const [x, y] of points) ctx.lineTo(x, y);
      ctx.fill();
    } else if (stroke.gesture === "brush") {
      const [x, y] = points[0];
      ctx.moveTo(x, y);
      if (points.length === 1) ctx.lineTo(x, y + 0.01);
      for (const [px, py] of points.slice(1)) ctx.lineTo(px, py);
      ctx.stroke();
    } else if (stroke.found) {
      drawOutline(ctx, view, stroke.found, this.layer.unit, false);
    }
    ctx.restore();
  }

  // To erase before the kernel does is to draw the picture without the labels over them.
  eraser(ctx) {
    const { view, shown, canvases } = this.layer.pictures;
    if (!canvases || !sameView(view, shown)) return "rgba(255, 255, 255, 0.5)";
    const { gesture } = this.layer.gestures;
    if (!gesture || this.bareFor !== gesture) {
      this.bare.width = this.width;
      this.bare.height = this.height;
      const bare = this.bare.getContext("2d");
      for (const canvas of canvases.slice(0, 2)) bare.drawImage(canvas, 0, 0);
      this.bareFor = gesture;
    }
    return ctx.createPattern(this.bare, "no-repeat");
  }

  // The polygon changed: its sides are looked for, and it is drawn with those that are known.
  askOver() {
    this.layer.wire.ask();
    this.paintOver();
  }

  paintOver() {
    const ctx = this.over.getContext("2d");
    ctx.clearRect(0, 0, this.width, this.height);
    const { view, unit, ratio, choices, gestures, pointer } = this.layer;
    const { gesture, polygon } = gestures;
    const { proposed } = this.layer.outline;
    if (proposed && !gesture?.outline) this.paintOutline(ctx, { found: proposed, clicks: [] });
    if (gesture?.outline) return this.paintOutline(ctx, gesture.outline);
    const ruler = gesture?.ruler ?? gestures.ruler;
    if (ruler) {
      ctx.save();
      clip(ctx, view);
      paintRuler(ctx, view, ruler, this.layer.model.get("pixel_size"), unit);
      ctx.restore();
    }
    this.layer.handles.paint(ctx);
    const lasso = gesture?.lasso ?? polygon?.corners;
    if (!lasso) return;
    const follows = polygon && !gesture && pointer && this.layer.mode()?.gesture === "lasso";
    const ends = follows ? [...lasso, toImage(view, ...pointer)] : lasso;
    const onCanvas = ([row, column]) => toCanvas(view, row, column);
    const points = (polygon ? this.layer.wire.line(ends) : ends).map(onCanvas);
    ctx.save();
    clip(ctx, view);
    ctx.beginPath();
    for (const [x, y] of points) ctx.lineTo(x, y);
    ctx.globalAlpha = 0.35;
    ctx.fillStyle = choices.color;
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.lineJoin = "round";
    strokeSeen(ctx, unit);
    if (polygon) drawCorners(ctx, polygon.corners.map(onCanvas), unit, ratio);
    ctx.restore();
  }

  // The outline of a clast, and the pixels clicked or scribbled over that it was found from.
  paintOutline(ctx, { found, clicks }) {
    const { view, unit, ratio } = this.layer;
    ctx.save();
    clip(ctx, view);
    if (found) drawOutline(ctx, view, found, unit);
    for (const click of clicks) {
      const points = click.map(([row, column]) => toCanvas(view, row, column));
      drawCorners(ctx, points.slice(0, 1), 0.8 * unit, ratio);
      ctx.beginPath();
      for (const [x, y] of points) ctx.lineTo(x, y);
      ctx.strokeStyle = "white";
      ctx.lineWidth = 1.5 * unit;
      ctx.stroke();
    }
    ctx.restore();
  }
}

function clip(ctx, view) {
  ctx.beginPath();
  ctx.rect(view.left, view.top, view.width, view.height);
  ctx.clip();
}

function drawCorners(ctx, points, unit, ratio) {
  ctx.fillStyle = "white";
  ctx.strokeStyle = "rgba(0, 0, 0, 0.8)";
  ctx.lineWidth = ratio;
  points.forEach(([x, y], i) => {
    ctx.beginPath();
    ctx.arc(x, y, (i === 0 ? 5 : 3) * unit, 0, 2 * Math.PI);
    ctx.fill();
    ctx.stroke();
  });
}
