// The sides of a polygon that keeps to edges, while its corners are set. Run by test_ink.py.

import assert from "node:assert/strict";
import { test } from "node:test";

import { lineAlong, sidesOf } from "../../../corewidgets/widgets/stage/wire.js";

const A = [0, 0];
const B = [0, 4];
const POINTER = [3, 4];
const SIDES = sidesOf([A, B, POINTER], [3, 2], new Float32Array([0, 0, 1, 1, 1, 3, 0, 4, 2, 5]));
const FIRST = [A, [0, 0], [1, 1], [1, 3]];

test("the numbers of the kernel are the points of one side after the other", () => {
  assert.deepEqual(SIDES, [
    { from: A, to: B, points: FIRST.slice(1) },
    {
      from: B,
      to: POINTER,
      points: [
        [0, 4],
        [2, 5],
      ],
    },
  ]);
});

test("the line runs along the sides, through every corner, to the pointer", () => {
  assert.deepEqual(lineAlong([A, B, POINTER], SIDES), [...FIRST, B, [0, 4], [2, 5], POINTER]);
});

test("to a pointer that went on it is straight from the end of the last side", () => {
  assert.deepEqual(lineAlong([A, B, [9, 9]], SIDES), [...FIRST, B, [0, 4], [2, 5], [9, 9]]);
});

test("a corner that is new is joined by a straight line until its side is known", () => {
  const other = [7, 7];
  assert.deepEqual(lineAlong([A, B, other, POINTER], SIDES), [...FIRST, B, other, POINTER]);
});

test("of a corner that was taken back, and of another polygon, no side is drawn", () => {
  assert.deepEqual(lineAlong([A, POINTER], SIDES), [A, POINTER]);
  assert.deepEqual(lineAlong([POINTER, A, B], SIDES), [POINTER, A, B]);
  assert.deepEqual(lineAlong([A, B], []), [A, B]);
});
