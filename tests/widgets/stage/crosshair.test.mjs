// Where the arrows lead the crosshair, and the view after it. By hand: node --test tests/widgets
import assert from "node:assert/strict";
import { test } from "node:test";

import { brought, Crosshair, stepped } from "../../../corewidgets/widgets/stage/crosshair.js";

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
const MODES = [
  { name: "paint", gesture: "brush", erases: false, key: "b" },
  { name: "pan", gesture: "move", erases: false, key: "h" },
  { name: "measure", gesture: "line", erases: false, key: "m" },
];
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

// A crosshair at the middle of a view, and what gestures hear from it; a press begins a gesture of `kind`. The tool
// has a `mode` and keys of its own.
function crosshairOn(kind, mode = "paint", key_names = []) {
  const heard = [];
  const gestures = {
    gesture: null,
    polygon: null,
    down({ shiftKey, altKey, id = "keys" }) {
      heard.push(["down", shiftKey, altKey]);
      this.gesture = { kind, id };
    },
    begin({ name }, { id = "keys" }) {
      heard.push(["begin", name]);
      this.gesture = { kind: "line", id };
    },
    up({ shiftKey }) {
      heard.push(["up", shiftKey]);
      this.gesture = null;
    },
  };
  const known = { handles: { active: -1 }, modes: MODES, key_names };
  const layer = { view, gestures, hint: { say() {} }, look() {}, root: {}, keyboard: {}, outline: {} };
  layer.choices = { mode };
  const document = globalThis.document;
  globalThis.document = { createElement: () => ({}) };
  const crosshair = new Crosshair(Object.assign(layer, { model: { get: (name) => known[name] } }));
  globalThis.document = document;
  crosshair.place = [50, 30];
  const press = (held = {}) => crosshair.press({ key: "Enter", target: layer.root, ...held });
  return { press, heard };
}

test("Shift + Enter is a click with Shift: whole, but for an outline, which a second Enter keeps", () => {
  for (const kind of ["brush", "line", "spot"]) {
    const { press, heard } = crosshairOn(kind);
    assert.equal(press({ shiftKey: true }), true);
    assert.deepEqual(heard, [["down", true, undefined], ["up", true]]); // biome-ignore format: one line
  }
  const { press, heard } = crosshairOn("outline");
  press({ shiftKey: true });
  assert.deepEqual(heard, [["down", true, undefined]]);
  press();
  assert.equal(heard.at(-1)[0], "up");
});

test("Enter alone begins a stroke of the brush, Alt is handed on, and a key that is held down does nothing", () => {
  const { press, heard } = crosshairOn("brush");
  press({ altKey: true });
  assert.deepEqual(heard, [["down", undefined, true]]);
  assert.equal(press({ repeat: true }), true);
  assert.equal(heard.length, 1);
});

test("M begins a ruler and ends it where the core is only moved and the tool has no such key", () => {
  const { press, heard } = crosshairOn("move", "pan");
  assert.equal(press({ key: "m" }), true);
  assert.equal(press({ key: "m", repeat: true }), true);
  assert.equal(press({ key: "ь", code: "KeyM" }), true);
  assert.deepEqual(heard, [["begin", "measure"], ["up", false]]); // biome-ignore format: one line
  press({ key: "m" });
  press();
  assert.deepEqual(heard.slice(2), [["begin", "measure"], ["up", undefined]]); // biome-ignore format: one line
  for (const other of [crosshairOn("brush"), crosshairOn("move", "pan", ["m"])]) {
    assert.equal(other.press({ key: "m" }), false);
    assert.deepEqual(other.heard, []);
  }
});
