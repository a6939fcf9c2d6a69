// The outlines of a press by the step from which on a pixel is inside.

import assert from "node:assert/strict";
import test from "node:test";

import { Widths } from "../../../corewidgets/widgets/stage/widths.js";

const bytes = new Uint8Array([9, 9, 127, 1, 0, 254, 1, 127]).subarray(2); // 254 is -2
const widths = new Widths({ box: [5, 6, 2, 3], known: [-2, 1], step: 1.5 }, bytes);

test("a pixel is inside from its step on", () => {
  assert.deepEqual([...widths.maskAt(-2)], [0, 0, 0, 1, 0, 0]);
  assert.deepEqual([...widths.maskAt(0)], [0, 0, 1, 1, 0, 0]);
  assert.deepEqual([...widths.maskAt(1)], [0, 1, 1, 1, 1, 0]);
});

test("a width has the step nearest to it, where the kernel has said it", () => {
  assert.equal(widths.stepOf(1.1), 0);
  assert.equal(widths.stepOf(1.4), 1);
  assert.equal(widths.stepOf(0.44), -2);
  assert.equal(widths.stepOf(2), null);
  assert.equal(widths.stepOf(0.3), null);
  assert.equal(widths.widthOf(-2), 1.5 ** -2);
});
