// The kernel's pictures: which one is there, which view is wanted next, and which strokes it does not show yet.

import { PATIENCE } from "./sender.js";
import { sameView } from "./viewport.js";

export class Pictures {
  constructor(layer) {
    this.layer = layer;
    this.view = layer.model.get("view"); // what the person wants to see
    this.shown = this.view; // what the kernel's picture shows
    this.frames = new Map();
    this.pending = []; // strokes that the kernel's picture does not show yet
    this.canvases = null; // those of the stage, where they can be reached
    this.wanted = false;
    this.sentAt = 0;
  }

  // The layers of the MultiCanvas: to move the picture at once, and to know when a new one is there. Where they
  // cannot be reached, a picture counts as shown two frames after it was announced.
  async findCanvases() {
    const { model, sender, undo } = this.layer;
    try {
      const id = model.get("canvas").replace("IPY_MODEL_", "");
      const multi = await model.widget_manager.get_model(id);
      sender.multi = multi;
      const canvases = multi.get("_canvases");
      if (!canvases.every((canvas) => canvas.canvas && canvas.ctx)) throw new Error("no canvases");
      const top = canvases[canvases.length - 1];
      const shown = () => this.arrived(Math.round(top.ctx.lineDashOffset));
      top.on("new-frame", shown);
      undo.push(() => top.off("new-frame", shown));
      this.canvases = canvases.map((canvas) => canvas.canvas);
    } catch (error) {
      console.warn(`corewidgets: the stage's canvases cannot be reached. ${error}`); // an error would be kept
      this.canvases = null;
    }
  }

  announced() {
    const drawn = this.layer.model.get("drawn");
    this.frames.set(drawn.frame, drawn);
    if (!this.canvases) requestAnimationFrame(() => requestAnimationFrame(() => this.arrived(drawn.frame)));
  }

  arrived(number) {
    const last = this.layer.model.get("drawn");
    const drawn = this.frames.get(number) ?? (last.frame === number ? last : null);
    if (!drawn || number === this.arrivedNumber) return; // a picture is announced by each of its layers
    this.arrivedNumber = number;
    for (const older of [...this.frames.keys()]) if (older <= number) this.frames.delete(older);
    const box = (view) => `${view.left} ${view.top} ${view.width} ${view.height} ${view.rotation}`;
    this.shown = drawn.view;
    const moved = this.wanted || this.layer.gestures.moves;
    if (!moved || box(drawn.view) !== box(this.view)) this.view = drawn.view;
    this.pending = this.pending.filter((stroke) => stroke.id > (drawn.strokes[this.layer.client] ?? -1));
    this.sentAt = 0;
    this.sendView();
    this.layer.show();
  }

  sendView() {
    if (!this.wanted || performance.now() - this.sentAt < PATIENCE) return;
    this.wanted = false;
    this.sentAt = performance.now();
    const { scale, unit, row, column } = this.view;
    this.layer.send({ kind: "view", scale, unit, row, column });
  }

  change(view) {
    if (sameView(view, this.view)) return;
    this.view = view;
    this.wanted = true;
    this.sendView();
    this.layer.show();
  }

  // After a drag of the view: where the kernel shows another one and none is on its way, that is what holds.
  settle() {
    if (this.wanted || this.sentAt || sameView(this.view, this.shown)) return;
    this.view = this.shown;
    this.layer.sheets.paint();
  }
}
