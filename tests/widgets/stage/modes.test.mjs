// The table of the modes, as the script reads it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { modeFor, modeOf, paintingMode } from "../../../corewidgets/widgets/stage/modes.js";

const MODES = [
  { name: "erase", gesture: "brush", erases: true, paints: false },
  { name: "paint", gesture: "brush", erases: false, paints: true },
  { name: "polygon", gesture: "lasso", erases: false, paints: true },
  { name: "pan", gesture: "move", erases: false, paints: false },
];
const model = { get: (name) => ({ modes: MODES })[name] };

test("a mode is found by its name", () => {
  assert.equal(modeOf(model, "polygon"), MODES[2]);
  assert.equal(modeOf(model, "none"), undefined);
});

test("a button of the mouse stands for the first mode of its gesture", () => {
  assert.equal(modeFor(model, "move"), MODES[3]);
  assert.equal(modeFor(model, "brush"), MODES[1]);
  assert.equal(modeFor(model, "brush", true), MODES[0]);
  assert.equal(modeFor(model, "pick"), undefined);
});

test("a class that is chosen by its key is painted with the mode that is there, or with the first that paints", () => {
  assert.deepEqual(
    ["paint", "polygon", "erase", "pan", "none"].map((name) => paintingMode(model, name)),
    ["paint", "polygon", "paint", "paint", "paint"],
  );
});
