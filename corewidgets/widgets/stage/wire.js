// The sides of a polygon while its corners are set: where it keeps to edges, the kernel finds the ways along these,
// and on to the pointer.

import { PATIENCE } from "./sender.js";
import { toImage } from "./viewport.js";

export class Wire {
  constructor(layer) {
    this.layer = layer;
    this.number = 0;
    this.asked = null; // the corners of the question that is not answered yet
    this.askedAt = 0;
    this.again = false; // whether something changed since
    this.sides = []; // of the last answer
  }

  // One question at a time; a pointer that moves asks again.
  ask() {
    const corners = this.corners();
    if (corners.length < 2) return;
    this.again = true;
    if (this.asked && performance.now() - this.askedAt < PATIENCE) return;
    this.again = false;
    this.asked = corners;
    this.askedAt = performance.now();
    const { client } = this.layer;
    const number = ++this.number;
    this.layer.send({ kind: "wire", client, number }, [new Float32Array(corners.flat()).buffer]);
  }

  // Where the sides run from corner to corner: those of an open polygon, and the pointer.
  corners() {
    const { gestures, pointer, model, view } = this.layer;
    const { polygon, gesture } = gestures;
    const lasso = this.layer.mode()?.gesture === "lasso";
    if (!polygon || !lasso || !model.get("keeps_edges")) return [];
    if (gesture) return gesture.clicked ? gesture.lasso : [];
    return pointer ? [...polygon.corners, toImage(view, ...pointer)] : polygon.corners;
  }

  answered({ client, number, lengths }, buffers) {
    if (client !== this.layer.client || number !== this.number) return;
    const { buffer, byteOffset, byteLength } = buffers[0];
    this.sides = sidesOf(this.asked, lengths, new Float32Array(buffer, byteOffset, byteLength / 4));
    this.asked = null;
    if (this.again) this.ask();
    this.layer.sheets.paintOver();
  }

  // The line along corners: by the ways that are known, and straight where one is not.
  line(corners) {
    return this.layer.model.get("keeps_edges") ? lineAlong(corners, this.sides) : corners;
  }
}

// The ways that the kernel found: from which corner to which, and by which points.
export function sidesOf(corners, lengths, numbers) {
  let next = 0;
  return lengths.map((length, i) => {
    const points = [];
    for (const end = next + 2 * length; next < end; next += 2)
      points.push([numbers[next], numbers[next + 1]]);
    return { from: corners[i], to: corners[i + 1], points };
  });
}

const same = (a, b) => a[0] === b[0] && a[1] === b[1];

// From corner to corner: by the points of a side that leads from the one to the other; the last side may end at
// where the pointer was a moment ago, and goes on straight.
export function lineAlong(corners, sides) {
  return corners.flatMap((corner, i) => {
    const side = sides[i];
    const next = corners[i + 1];
    if (!next || !side || !same(side.from, corner)) return [corner];
    const leads = same(side.to, next) || (i === sides.length - 1 && i === corners.length - 2);
    return leads ? [corner, ...side.points] : [corner];
  });
}
