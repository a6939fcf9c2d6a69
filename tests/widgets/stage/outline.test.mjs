// What the page makes of the bits of an outline. Run by test_ink.py.

import assert from "node:assert";
import test from "node:test";

import { middleOf, partsOf } from "../../../corewidgets/widgets/stage/outline.js";

// 3 rows of 5 pixels: .##.. / ###.# / .....
const BITS = new Uint8Array([0b01100111, 0b01000000]);

test("pixels inside come as runs along the rows", () => {
  assert.deepEqual(partsOf(BITS, 3, 5).runs, [
    [0, 1, 2],
    [1, 0, 3],
    [1, 4, 1],
  ]);
});

test("the line runs around what is inside, at the border of the mask only where it is inside", () => {
  const { sides } = partsOf(BITS, 3, 5);
  const found = new Set(sides.map((side) => side.join(" ")));
  assert.equal(found.size, sides.length);
  const across = ["1 0 2 0", "2 0 3 0", "0 1 1 1", "4 1 5 1", "0 2 1 2", "1 2 2 2", "2 2 3 2", "4 2 5 2"];
  const down = ["1 0 1 1", "3 0 3 1", "0 1 0 2", "3 1 3 2", "4 1 4 2", "5 1 5 2"];
  assert.deepEqual(found, new Set([...across, ...down]));
});

test("nothing inside has no line", () => {
  assert.deepEqual(partsOf(new Uint8Array([0]), 2, 3), { runs: [], sides: [] });
});

test("the middle is that of the pixels, in the photograph", () => {
  const { size, middle } = middleOf(partsOf(BITS, 3, 5).runs, 100, 200);
  assert.equal(size, 6);
  assert.deepEqual(middle, [100 + 4 / 6, 200 + (1 + 2 + 0 + 1 + 2 + 4) / 6]);
});
