// What keys do to a polygon that is open, and what is said when another tool is taken.
import assert from "node:assert/strict";
import { test } from "node:test";

import { polygonKey, polygonNotice } from "../../../corewidgets/widgets/stage/polygon.js";

for (const name of ["Backspace", "ctrl+z", "z"]) {
  test(`${name} drops the last corner, and is undo where there is none or another tool is taken`, () => {
    assert.equal(polygonKey(name, 1, "polygon"), "drop");
    assert.equal(polygonKey(name, 0, "polygon"), null);
    assert.equal(polygonKey(name, undefined, "polygon"), null);
    assert.equal(polygonKey(name, 3, "paint"), null);
  });
}

for (const mode of ["polygon", "paint", "pan"]) {
  test(`Enter closes and Escape gives up while the tool is ${mode}`, () => {
    assert.equal(polygonKey("Enter", 3, mode), "close");
    assert.equal(polygonKey("Escape", 3, mode), "give up");
    assert.equal(polygonKey("Enter", 0, mode), null);
    assert.equal(polygonKey("ctrl+shift+z", 3, mode), null);
  });
}

test("a tool that is taken while corners are set is told that they stay", () => {
  assert.match(polygonNotice(2, "paint"), /still open: Enter closes it, P goes on with it, Esc gives it up/);
  for (const [n, mode] of [
    [0, "paint"],
    [undefined, "pan"],
    [2, "polygon"],
  ])
    assert.equal(polygonNotice(n, mode), "");
});
