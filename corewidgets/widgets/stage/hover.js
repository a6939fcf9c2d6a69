// Tells the kernel what lies under the pointer: not more often than it answers.

import { PATIENCE } from "./sender.js";
import { inside, toImage } from "./viewport.js";

const INTERVAL = 40; // ms

export class Hover {
  constructor(layer) {
    this.layer = layer;
    this.sentAt = 0;
    this.waits = false;
    this.timer = null;
  }

  get busy() {
    return this.waits && performance.now() - this.sentAt < PATIENCE;
  }

  answered() {
    this.waits = false;
  }

  at(position) {
    if (this.timer || !inside(this.layer.view, ...position)) return;
    const since = performance.now() - this.sentAt;
    this.timer = setTimeout(() => this.tell(), this.busy ? INTERVAL : Math.max(INTERVAL - since, 0));
  }

  tell() {
    this.timer = null;
    const { pointer, view } = this.layer;
    if (!pointer || !inside(view, ...pointer)) return;
    if (this.busy) return this.at(pointer);
    this.waits = true;
    this.sentAt = performance.now();
    const [row, column] = toImage(view, ...pointer);
    this.layer.send({ kind: "hover", row, column });
  }

  left() {
    this.sentAt = performance.now();
    this.layer.send({ kind: "hover", row: null, column: null });
  }
}
