// Where the arrows lead the crosshair, and the view after it. By hand: node --test tests/widgets
import assert from "node:assert/strict";
import { test } from "node:test";

import { brought, stepped } from "../../../corewidgets/widgets/stage/crosshair.js";

const view = {
  n_rows: 100,
  n_columns: 60,
  left: 10,
  top: 20,
  width: 200,
  height: 300,
  scale: 2,
  row: 50,
  column: 30,
  rotation: 0,
};
const [LEFT, RIGHT, DOWN] = [[-1, 0], [1, 0], [0, 1]]; // biome-ignore format: one line

test("an arrow moves it by as many pixels as are seen as a step, and by one at least", () => {
  assert.deepEqual(stepped(view, [50, 30], RIGHT, 4), [50, 32]);
  assert.deepEqual(stepped(view, [50, 30], DOWN, 4, 10), [70, 30]);
  assert.deepEqual(stepped({ ...view, scale: 16 }, [50, 30], LEFT, 4), [50, 29]);
  assert.deepEqual(stepped({ ...view, scale: 0.5 }, [50, 30], LEFT, 4), [50, 22]);
});

test("on a core that is turned an arrow goes where it points", () => {
  assert.deepEqual(stepped({ ...view, rotation: 90 }, [50, 30], RIGHT, 4), [52, 30]);
  assert.deepEqual(stepped({ ...view, rotation: 90 }, [50, 30], DOWN, 4), [50, 28]);
  assert.deepEqual(stepped({ ...view, rotation: 180 }, [50, 30], DOWN, 4), [48, 30]);
  assert.deepEqual(stepped({ ...view, rotation: 270 }, [50, 30], RIGHT, 4), [48, 30]);
});

test("it stays on the photograph", () => {
  assert.deepEqual(stepped(view, [50, 1], LEFT, 4), [50, 0]);
  assert.deepEqual(stepped(view, [99, 58], RIGHT, 4, 10), [99, 59]);
  assert.deepEqual(stepped(view, [98, 30], DOWN, 4), [99, 30]);
});

test("the view is moved only as far as it takes to show it", () => {
  assert.deepEqual(brought(view, [100, 100], 12), [0, 0]);
  assert.deepEqual(brought(view, [5, 100], 12), [17, 0]);
  assert.deepEqual(brought(view, [100, 330], 12), [0, -22]);
  assert.deepEqual(brought(view, [210, 20], 12), [-12, 12]);
});
