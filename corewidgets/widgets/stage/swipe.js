// The line from which on the overlay is shown, and that can be dragged.

import { PATIENCE } from "./sender.js";
import { inside } from "./viewport.js";

const REACH = 7; // css pixels beside the line that still take hold of it

export class Swipe {
  constructor(layer) {
    this.layer = layer;
    this.wanted = null; // where it is wanted, until the kernel has it there
    this.sentAt = 0;
  }

  isAt(at) {
    const share = this.layer.model.get("swipe");
    const { view } = this.layer;
    const line = view.left + share * view.width;
    return share > 0 && inside(view, ...at) && Math.abs(at[0] - line) <= REACH * this.layer.unit;
  }

  // One message at a time: the next one goes when the kernel has drawn the one before.
  dragTo(at) {
    const { view } = this.layer;
    this.wanted = Math.min(Math.max((at[0] - view.left) / view.width, 0.01), 0.99);
    const waits = this.sentAt && performance.now() - this.sentAt < PATIENCE;
    if (!waits) this.send();
  }

  send() {
    this.sentAt = performance.now();
    this.layer.send({ kind: "swipe", share: this.wanted });
  }

  moved() {
    this.sentAt = 0;
    if (this.wanted !== null && this.wanted !== this.layer.model.get("swipe")) this.send();
    else this.wanted = null;
    this.layer.look();
  }
}
