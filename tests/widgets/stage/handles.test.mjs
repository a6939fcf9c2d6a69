// Points that can be dragged: which one a press takes hold of, and what the kernel hears.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Handles, nearest } from "../../../corewidgets/widgets/stage/handles.js";

test("a press takes hold of the nearest point within reach", () => {
  const points = [[0, 0], [12, 0], [100, 100]]; // biome-ignore format: one line
  assert.equal(nearest(points, [7, 0], 10), 1);
  assert.equal(nearest(points, [5, 0], 10), 0);
  assert.equal(nearest(points, [50, 50], 10), -1);
  assert.equal(nearest([], [0, 0], 10), -1);
});

function layerWith(sends) {
  const said = [];
  const view = { left: 0, top: 0, width: 100, height: 100, row: 49.5, column: 49.5, scale: 1, rotation: 0 };
  const layer = {
    view,
    unit: 1,
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
