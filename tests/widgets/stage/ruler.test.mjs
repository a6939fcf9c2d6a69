// What the ruler says is what geology/ruler.py computes.

import assert from "node:assert/strict";
import { test } from "node:test";

import { rulerText } from "../../../corewidgets/widgets/stage/ruler.js";

test("length in millimetres, or in pixels, and the angle of the line", () => {
  assert.equal(rulerText([[10, 5], [7, 9]], 0.2), "1.000 mm, 36.9°"); // biome-ignore format: one a line
  assert.equal(rulerText([[10, 5], [7, 9]], 0), "5.000 px, 36.9°"); // biome-ignore format: one a line
  assert.equal(rulerText([[7, 9], [10, 5]], 0.2), "1.000 mm, 36.9°"); // biome-ignore format: one a line
  assert.equal(rulerText([[0, 0], [10, 0]], 1), "10.00 mm, 90.0°"); // biome-ignore format: one a line
  assert.equal(rulerText([[0, 0], [10, 10]], 1), "14.14 mm, -45.0°"); // biome-ignore format: one a line
});
