// What keys do to a polygon that is open, and what is said when another tool is taken.
import assert from "node:assert/strict";
import { test } from "node:test";

import { polygonKey, polygonNotice } from "../../../corewidgets/widgets/stage/polygon.js";

for (const name of ["Backspace", "ctrl+z", "z"]) {
  test(`${name} drops the last corner, and is undo where there is none or another tool is taken`, () => {
    assert.equal(polygonKey(name, 1, true), "drop");
    assert.equal(polygonKey(name, 0, true), null);
    assert.equal(polygonKey(name, undefined, true), null);
    assert.equal(polygonKey(name, 3, false), null);
  });
}

for (const lasso of [true, false]) {
  test(`Enter closes and Escape gives up while the tool draws around: ${lasso}`, () => {
    assert.equal(polygonKey("Enter", 3, lasso), "close");
    assert.equal(polygonKey("Escape", 3, lasso), "give up");
    assert.equal(polygonKey("Enter", 0, lasso), null);
    assert.equal(polygonKey("ctrl+shift+z", 3, lasso), null);
  });
}

test("a tool that is taken while corners are set is told that they stay, and the key to go on with", () => {
  const wanted = "The polygon is still open: Enter closes it, P goes on with it, Esc gives it up";
  assert.equal(polygonNotice(2, false, "p"), wanted);
});

test("nothing is said where no corner is set or the tool draws around, too", () => {
  for (const [n, lasso] of [
    [0, false],
    [undefined, false],
    [2, true],
  ])
    assert.equal(polygonNotice(n, lasso, "p"), "");
});
