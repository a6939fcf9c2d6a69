// The outline of a clast under the pointer: it is asked for at the press and found by the kernel. A drag or the wheel
// makes it wider or narrower, the release keeps it. The outlines of other widths follow the first one (widths.js);
// beyond these the kernel is asked for each. A drag that begins before the outline is seen is a scribble: all its
// pixels say what the clast looks like.

import { PATIENCE } from "./sender.js";
import { toCanvas } from "./viewport.js";
import { Widths } from "./widths.js";

const SEEN_AFTER = 120; // ms for which an outline is shown before a drag is taken to be about it
const WIDEST = 16; // times the outline that is found by itself
const MIDDLE = 0.25; // of the radius: a press nearer to the middle has no outward side

export class Outline {
  constructor(layer) {
    this.layer = layer;
    this.asked = null; // the gesture whose outline the kernel looks for
    this.askedAt = 0;
    this.retry = null; // a timer
    this.number = 0;
    this.n_presses = 0;
    this.proposed = null; // shown without being asked for
    this.kept = null; // clicks of the outline kept last, to which Shift adds one
  }

  begin(gesture, event, point) {
    const before = event.shiftKey && !event.altKey && this.kept;
    gesture.outline = {
      clicks: [...(before || []), [point]],
      width: 1, // times that which is found by itself
      takes: event.altKey,
      scribbles: false,
      press: ++this.n_presses,
      widths: null, // of the press, once they are there
      drawn: null, // the step of these that is shown
      found: null,
      seenAt: Infinity,
      outward: null,
    };
    this.ask(gesture);
  }

  // One question at a time: the next one goes when the one before is answered, or its answer is given up.
  ask(gesture) {
    gesture.outline.again = true;
    const left = this.asked ? PATIENCE - (performance.now() - this.askedAt) : 0;
    if (left <= 0) this.send(gesture);
    else this.retry ??= setTimeout(() => this.askAnew(), left + 1);
  }

  askAnew() {
    this.retry = null;
    const held = this.layer.gestures.gesture;
    if (held?.outline?.again) this.ask(held);
  }

  send(gesture) {
    const { outline } = gesture;
    outline.again = false;
    this.asked = gesture;
    this.askedAt = performance.now();
    const { client } = this.layer;
    const { lengths, points } = flat(outline.clicks);
    const number = ++this.number;
    const { width, takes } = outline;
    const press = outline.scribbles ? null : outline.press; // a scribble has no other widths
    this.layer.send({ kind: "outline", client, number, press, width, lengths, takes }, [points.buffer]);
  }

  answered(content, buffers) {
    if (content.client !== this.layer.client || content.number !== this.number) return;
    const gesture = this.asked;
    this.asked = null;
    const held = this.layer.gestures.gesture;
    if (held?.outline && held !== gesture) return this.send(held);
    if (held !== gesture) return;
    const { outline } = gesture;
    if (!this.draw(outline)) {
      outline.found = content.box ? unpacked(content, buffers[0], this.layer.choices.color) : null;
    }
    outline.seenAt = Math.min(outline.seenAt, performance.now());
    outline.first ??= outline.found;
    if (content.note) this.layer.hint.say(content.note, 3000);
    if (outline.again) this.send(gesture);
    this.layer.sheets.paint();
  }

  // The other widths of a press are known.
  widthsCame(content, buffers) {
    const outline = this.layer.gestures.gesture?.outline;
    if (content.client !== this.layer.client || content.press !== outline?.press || outline.scribbles) return;
    outline.widths = new Widths(content, buffers[0]);
    if (this.draw(outline)) this.layer.sheets.paintOver();
  }

  // Make the picture of an outline from the widths that are known; return whether they hold its width.
  draw(outline) {
    const { widths, takes } = outline;
    const step = widths?.stepOf(outline.width) ?? null;
    if (step === null) return false;
    outline.width = widths.widthOf(step); // what is kept is what is seen
    outline.again = false;
    const place = { box: widths.box, takes };
    if (step !== outline.drawn)
      outline.found = pictured(place, widths.maskAt(step), this.layer.choices.color);
    outline.drawn = step;
    return true;
  }

  // Show what the kernel proposes.
  propose() {
    const content = this.layer.model.get("proposed");
    this.proposed = content.box ? unpacked(content, content.bits, content.color) : null;
    this.layer.sheets.paintOver();
  }

  drag(gesture, event, at) {
    const { outline } = gesture;
    if (gesture.clicked) return;
    const seen = performance.now() - outline.seenAt > SEEN_AFTER;
    if (!outline.outward && !seen) outline.scribbles = true;
    if (outline.scribbles) {
      outline.widths = null;
      this.layer.gestures.follow(outline.clicks[outline.clicks.length - 1], event);
      return this.ask(gesture);
    }
    const [x, y] = [at[0] - gesture.from[0], at[1] - gesture.from[1]];
    outline.outward ??= this.outward(gesture, x, y);
    outline.dragged = x * outline.outward[0] + y * outline.outward[1];
    this.widen(gesture);
  }

  // How wide an outline was at the press, from its middle, on the canvas.
  radius({ first }) {
    return first ? Math.sqrt(first.size / Math.PI) * this.layer.view.scale : 0;
  }

  // The direction on the canvas in which a drag makes an outline larger: away from its middle; from there, any.
  outward({ from, outline }, x, y) {
    const middle = outline.first && toCanvas(this.layer.view, ...outline.first.middle);
    const off = middle ? [from[0] - middle[0], from[1] - middle[1]] : [0, 0];
    const [right, down] = Math.hypot(...off) > MIDDLE * this.radius(outline) ? off : [x, y];
    const length = Math.hypot(right, down) || 1;
    return [right / length, down / length];
  }

  turn(gesture, notches) {
    gesture.outline.turned = (gesture.outline.turned ?? 0) - notches / 2;
    this.widen(gesture);
  }

  // The rim follows the pointer.
  widen(gesture) {
    const { outline } = gesture;
    const dragged = 1 + (outline.dragged ?? 0) / Math.max(this.radius(outline), 10 * this.layer.unit);
    const wanted = Math.max(dragged, 0) * Math.exp(outline.turned ?? 0);
    const width = Math.min(Math.max(wanted, 1 / WIDEST), WIDEST);
    if (width === outline.width) return;
    outline.width = width;
    if (this.draw(outline)) return this.layer.sheets.paintOver();
    outline.drawn = null;
    this.ask(gesture);
  }

  // What a release keeps: a stroke.
  stroke({ mode, outline }) {
    const { clicks, width, takes, found } = outline;
    this.kept = takes ? null : clicks;
    const stroke = this.layer.gestures.stroke(mode, clicks.flat());
    return { ...stroke, width, takes, lengths: clicks.map((click) => click.length), found };
  }
}

// Where the clicks' points are sent: one after the other, and how many each has.
function flat(clicks) {
  return {
    lengths: clicks.map((click) => click.length),
    points: new Float32Array(clicks.flat(2)),
  };
}

// The pixels of a mask from its bits, eight pixels a byte, row by row: 0 or 1.
export function maskOf(bytes, n_pixels) {
  return Uint8Array.from({ length: n_pixels }, (_, place) => (bytes[place >> 3] >> (7 - (place & 7))) & 1);
}

// What a mask holds: the runs of pixels inside (row, first column, length), and the lines that it ends at (x, y of both
// ends, counted from the corner of the mask).
export function partsOf(mask, n_rows, n_columns) {
  const runs = [];
  const sides = [];
  const none = new Uint8Array(Math.max(n_rows, n_columns));
  let before = none;
  for (let row = 0; row <= n_rows; row += 1) {
    const here = row < n_rows ? mask.subarray(row * n_columns, (row + 1) * n_columns) : none;
    for (const [from, to] of stretches(here, none, n_columns)) runs.push([row, from, to - from]);
    for (const [from, to] of stretches(here, before, n_columns)) sides.push([from, row, to, row]);
    before = here;
  }
  before = none;
  for (let column = 0; column <= n_columns; column += 1) {
    const here = new Uint8Array(n_rows);
    if (column < n_columns)
      for (let row = 0; row < n_rows; row += 1) here[row] = mask[row * n_columns + column];
    for (const [from, to] of stretches(here, before, n_rows)) sides.push([column, from, column, to]);
    before = here;
  }
  return { runs, sides };
}

// Where two rows of a mask differ, among their first `n` places: the first of each stretch, and that after its last.
function stretches(here, before, n) {
  const found = [];
  let from = -1;
  for (let place = 0; place < n; place += 1) {
    if (here[place] !== before[place]) {
      if (from < 0) from = place;
    } else if (from >= 0) {
      found.push([from, place]);
      from = -1;
    }
  }
  if (from >= 0) found.push([from, n]);
  return found;
}

// Make a picture of an outline from the bits that the kernel sends.
function unpacked(content, bits, color) {
  const [, , n_rows, n_columns] = content.box;
  const bytes = new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength);
  return pictured(content, maskOf(bytes, n_rows * n_columns), color);
}

// Make a picture of the pixels of a mask.
function pictured({ box, takes }, mask, color) {
  const [row, column, n_rows, n_columns] = box;
  const { runs, sides } = partsOf(mask, n_rows, n_columns);
  const picture = document.createElement("canvas");
  picture.width = n_columns;
  picture.height = n_rows;
  const ctx = picture.getContext("2d");
  ctx.fillStyle = takes ? "white" : color;
  for (const [down, from, length] of runs) ctx.fillRect(from, down, length, 1);
  return { row, column, picture, sides, ...middleOf(runs, row, column) };
}

// How many pixels there are in runs, and where their middle lies in the photograph.
export function middleOf(runs, row, column) {
  let [size, rows, columns] = [0, 0, 0];
  for (const [down, from, length] of runs) {
    size += length;
    rows += down * length;
    columns += (from + (length - 1) / 2) * length;
  }
  return { size, middle: [row + rows / Math.max(size, 1), column + columns / Math.max(size, 1)] };
}

// Draw what `pictured` made: the inside in its color, and a line around it that is seen on every rock.
export function drawOutline(ctx, view, found, unit, line = true) {
  const origin = toCanvas(view, found.row - 0.5, found.column - 0.5);
  const right = toCanvas(view, found.row - 0.5, found.column + 0.5);
  const down = toCanvas(view, found.row + 0.5, found.column - 0.5);
  const across = [right[0] - origin[0], right[1] - origin[1]];
  const along = [down[0] - origin[0], down[1] - origin[1]];
  ctx.save();
  ctx.transform(...across, ...along, ...origin);
  ctx.imageSmoothingEnabled = false;
  ctx.globalAlpha = line ? 0.4 : 1;
  ctx.drawImage(found.picture, 0, 0);
  ctx.restore();
  if (!line) return;
  ctx.beginPath();
  for (const [x, y, to_x, to_y] of found.sides) {
    ctx.moveTo(origin[0] + x * across[0] + y * along[0], origin[1] + x * across[1] + y * along[1]);
    ctx.lineTo(
      origin[0] + to_x * across[0] + to_y * along[0],
      origin[1] + to_x * across[1] + to_y * along[1],
    );
  }
  ctx.lineCap = "round";
  strokeSeen(ctx, unit);
}

// Draw the path as a line that is seen on every rock: white on black.
export function strokeSeen(ctx, unit) {
  for (const [color, width] of [
    ["rgba(0, 0, 0, 0.7)", 3],
    ["white", 1.2],
  ]) {
    ctx.strokeStyle = color;
    ctx.lineWidth = width * unit;
    ctx.stroke();
  }
}
