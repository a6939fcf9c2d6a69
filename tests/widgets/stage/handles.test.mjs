// Points that can be dragged: which one a press takes hold of, and what the kernel hears.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Handles, nearest, nearestSide, sideStep } from "../../../corewidgets/widgets/stage/handles.js";

test("a press takes hold of the nearest point within reach", () => {
  const points = [[0, 0], [12, 0], [100, 100]]; // biome-ignore format: one line
  assert.equal(nearest(points, [7, 0], 10), 1);
  assert.equal(nearest(points, [5, 0], 10), 0);
  assert.equal(nearest(points, [50, 50], 10), -1);
  assert.equal(nearest([], [0, 0], 10), -1);
});

const SQUARE = [[0, 0], [100, 0], [100, 50], [0, 50]]; // biome-ignore format: one line

test("a press takes hold of the side beside which it is, not beyond its ends", () => {
  assert.equal(nearestSide(SQUARE, [50, 4], 6), 0);
  assert.equal(nearestSide(SQUARE, [97, 20], 6), 1);
  assert.equal(nearestSide(SQUARE, [2, 20], 6), 3); // from the last point to the first
  assert.equal(nearestSide(SQUARE, [50, 25], 6), -1);
  assert.equal(nearestSide(SQUARE, [104, -3], 6), -1);
  assert.equal(nearestSide([], [0, 0], 6), -1);
});

for (const [side, step, moved] of [
  [[[10, 0], [10, 80]], [5, 30], [5, 0]], // across itself, not along
  [[[10, 0], [10, 80]], [-30, 0], [-10.5, 0]], // up to the edge of the photograph
  [[[10, 80], [50, 80]], [3, 40], [0, 19.5]],
  [[[10, 10], [40, 50]], [5, 0], [3.2, -2.4]], // aslant
  [[[-0.5, 0], [-0.5, 80]], [-4, 0], [0, 0]],
]) // biome-ignore format: a table
  test(`a side from ${side.join(" to ")} moved by ${step}`, () => {
    const found = sideStep(side, step, [100, 100]);
    const off = moved.map((value, axis) => Math.abs(value - found[axis]));
    assert.ok(Math.max(...off) < 1e-9, `${found}`);
  });

function layerWith(sends) {
  const said = [];
  const view = { left: 0, top: 0, width: 100, height: 100, row: 49.5, column: 49.5, scale: 1, rotation: 0 };
  const layer = {
    view,
    unit: 1,
    keyboard: { space: false },
    gestures: { gesture: null },
    model: { get: () => ({ points: [[10, 10], [90, 90]] }) }, // biome-ignore format: one line
    sheets: { paintOver() {} },
    send(content) {
      said.push(content);
      return sends;
    },
  };
  return { layer, said };
}

test("a point follows the hand until the kernel has it", () => {
  const { layer, said } = layerWith(true);
  const handles = new Handles(layer);
  handles.dragTo(1, [50.5, 60.5]);
  assert.deepEqual(handles.points, [[10, 10], [60, 50]]); // biome-ignore format: one line
  handles.drop();
  assert.deepEqual(said, [{ kind: "handle", number: 1, row: 60, column: 50 }]);
  assert.deepEqual(handles.points[1], [60, 50]);
  handles.changed();
  assert.deepEqual(handles.points[1], [90, 90]);
});

test("a point that nobody hears of goes back", () => {
  const { layer } = layerWith(false);
  const handles = new Handles(layer);
  handles.dragTo(0, [50.5, 60.5]);
  handles.drop();
  assert.deepEqual(handles.points[0], [10, 10]);
});

test("a side takes both of its ends along, and shows which way it goes", () => {
  const { layer, said } = layerWith(true);
  layer.model.get = () => ({ points: [[10, 10], [10, 90], [40, 90], [40, 10]] }); // biome-ignore format: one line
  layer.view.n_rows = layer.view.n_columns = 100;
  const handles = new Handles(layer);
  assert.equal(handles.side([50.5, 12.5]), 0);
  assert.equal(handles.sideCursor(0), "ns-resize");
  assert.equal(handles.sideCursor(1), "ew-resize");
  handles.dragSide(3, [30, 10], [4.5, 33.5]);
  assert.deepEqual(handles.points, [[10, 4], [10, 90], [40, 90], [40, 4]]); // biome-ignore format: one line
  handles.drop();
  const [{ rows, columns, ...sent }] = said;
  assert.deepEqual([sent, rows + 0, columns], [{ kind: "side", number: 3 }, 0, -6]);
});
