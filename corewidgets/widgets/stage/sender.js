// What goes to the kernel, and what is said where it does not arrive.

import { isLost, noticeOf, stateOf } from "./kernel.js";

export const PATIENCE = 3000; // ms until an answer of the kernel is no longer waited for

export class Sender {
  // `waiting` returns the strokes that the kernel's picture does not show yet.
  constructor(model, hint, waiting) {
    this.model = model;
    this.hint = hint;
    this.waiting = waiting;
    this.multi = null; // the model of the canvas: as long as the kernel is the one that made it, it is live
  }

  get kernel() {
    return this.model.widget_manager?.kernel;
  }

  get state() {
    return stateOf(this.kernel, this.multi?.comm_live ?? true);
  }

  // Where the kernel was restarted, this picture belongs to nobody any more.
  send(content, buffers) {
    const state = this.state;
    try {
      if (isLost(state)) throw new Error("nobody takes it");
      this.model.send(content, undefined, buffers);
      return true;
    } catch {
      const n = this.waiting().length + (content.kind === "stroke" ? 1 : 0);
      if (content.kind !== "hover") this.hint.say(noticeOf(isLost(state) ? state : "restarted", "", n), 6000);
      return false;
    }
  }

  // Said again and again for as long as it holds.
  warnWhenWaiting() {
    const { state } = this;
    const strokes = this.waiting();
    const waits = strokes.length && performance.now() - strokes[0].sentAt > 2000;
    if (state === "alive" && !waits) return;
    const notice = noticeOf(state, this.kernel?.status, strokes.length);
    if (notice) this.hint.say(notice, 1500);
  }
}
