// The script's half of the table of cases; Python's half is test_viewport.py. By hand: node --test tests/widgets
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import {
  inside,
  kept,
  middle,
  panned,
  sameView,
  toCanvas,
  toImage,
  turnedAcross,
  zoomed,
} from "../../../corewidgets/widgets/stage/viewport.js";

const cases = JSON.parse(readFileSync(new URL("viewport_cases.json", import.meta.url), "utf8"));
const viewOf = (one) => cases.views[one.view];
const about = (one) => `${one.view}: ${JSON.stringify(one.position ?? one.arguments)}`;

function near(found, wanted) {
  assert.equal(found.length, wanted.length);
  for (const [i, value] of found.entries())
    assert.ok(Math.abs(value - wanted[i]) < 1e-9, `${found} is not ${wanted}`);
}

const POSITIONS = { to_canvas: toCanvas, to_image: toImage };
for (const [name, compute] of Object.entries(POSITIONS)) {
  for (const one of cases[name]) {
    test(`${name}, ${about(one)}`, () => near(compute(viewOf(one), ...one.position), one.result));
  }
}

for (const one of cases.in_box) {
  test(`in_box, ${about(one)}`, () => assert.equal(inside(viewOf(one), ...one.position), one.result));
}

const VIEWS = { zoom: zoomed, pan: panned, inside: kept };
for (const [name, compute] of Object.entries(VIEWS)) {
  for (const one of cases[name]) {
    test(`${name}, ${about(one)}`, () => {
      const view = viewOf(one);
      const before = structuredClone(view);
      const found = compute(view, ...one.arguments);
      near([found.scale, found.row, found.column], [one.result.scale, one.result.row, one.result.column]);
      assert.deepEqual({ ...found, ...one.result }, { ...view, ...one.result }); // nothing else is another
      assert.deepEqual(view, before);
    });
  }
}

test("the middle of the box", () => assert.deepEqual(middle(cases.views.upright), [210, 270]));

test("rows run across where the core lies", () => {
  const across = (name) => turnedAcross(cases.views[name]);
  assert.deepEqual(["upright", "top on the left", "upside down", "top on the right"].map(across), [
    false,
    true,
    false,
    true,
  ]);
});

test("views are the same where no pixel of the screen moves", () => {
  const view = cases.views.upright;
  assert.ok(sameView(view, { ...view, row: view.row + 4e-4, scale: view.scale * (1 + 1e-10) }));
  const others = {
    row: 500.01,
    column: 100.01,
    scale: 2.001,
    rotation: 180,
    left: 11,
    top: 21,
    width: 399,
    height: 1,
  };
  for (const [name, value] of Object.entries(others)) {
    assert.ok(!sameView(view, { ...view, [name]: value }), name);
  }
});
