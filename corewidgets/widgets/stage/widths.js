// The outlines of a press in steps of their width: for each pixel of a box the kernel says from which step on it is
// inside. A drag is followed by these at the rate of the screen, however far away the kernel is.

export class Widths {
  constructor({ box, known, step }, { buffer, byteOffset, byteLength }) {
    this.box = box;
    this.step = step; // times as wide as the outline of the step before
    [this.lowest, this.highest] = known;
    this.from = new Int8Array(buffer, byteOffset, byteLength);
  }

  // The step whose outline is about so wide; null where the kernel has not said it.
  stepOf(width) {
    const step = Math.round(Math.log(width) / Math.log(this.step));
    return step >= this.lowest && step <= this.highest ? step : null;
  }

  widthOf(step) {
    return this.step ** step;
  }

  // Which pixels of the box are inside at a step: 0 or 1, row by row.
  maskAt(step) {
    const mask = new Uint8Array(this.from.length);
    for (let place = 0; place < mask.length; place += 1) mask[place] = this.from[place] <= step ? 1 : 0;
    return mask;
  }
}
