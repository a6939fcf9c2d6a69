// From a press to its release: sides of an outline, led by a hand and by the arrows.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Gestures } from "../../../corewidgets/widgets/stage/gestures.js";
import { Handles } from "../../../corewidgets/widgets/stage/handles.js";

const POINTS = [[20, 20], [20, 80], [60, 80], [60, 20]]; // biome-ignore format: one line
const MODES = [{ name: "pan", gesture: "move", erases: false }];
const none = () => {};

function layerOf(points = POINTS) {
  const size = { n_rows: 100, n_columns: 100, left: 0, top: 0, width: 100, height: 100 };
  const overview = { ...size, width: 0 };
  const layer = {
    said: [],
    view: { ...size, row: 49.5, column: 49.5, scale: 1, rotation: 0 },
    unit: 1,
    model: { get: (name) => ({ handles: { points }, modes: MODES, overview })[name] },
    choices: { mode: "pan" },
    keyboard: { space: false },
    root: { focus: none, setPointerCapture: none },
    swipe: { isAt: () => false },
    hover: { at: none },
    pictures: { settle: none },
    sheets: { paint: none, paintOver: none },
    look: none,
    send: (content) => layer.said.push(content),
  };
  layer.handles = new Handles(layer);
  layer.gestures = new Gestures(layer);
  return layer;
}

const event = (at) => ({ at, pointerId: "keys", button: 0, preventDefault: none });

test("one step of an arrow moves a side: no hand shook there", () => {
  const { gestures, said } = layerOf();
  gestures.down(event([50.5, 20.5]));
  gestures.move(event([50.5, 24.5]));
  gestures.up(event([50.5, 24.5]));
  assert.equal(said.length, 1);
  const [{ rows, columns, ...sent }] = said;
  assert.deepEqual([sent, rows, columns + 0], [{ kind: "side", number: 0 }, 4, 0]);
});

test("Enter twice beside a side is a click", () => {
  const { gestures, said } = layerOf();
  gestures.down(event([50.5, 20.5]));
  gestures.move(event([50.5, 20.5]));
  gestures.up(event([50.5, 20.5]));
  assert.deepEqual(
    said.map(({ kind }) => kind),
    ["pixel"],
  );
});

test("a side stays under the pointer where the view moves meanwhile", () => {
  const layer = layerOf();
  layer.gestures.down(event([50.5, 20.5]));
  layer.view = { ...layer.view, row: 39.5 };
  layer.gestures.move(event([50.5, 20.5]));
  layer.gestures.move(event([50.5, 25.5]));
  assert.deepEqual(layer.handles.points[0], [15, 20]);
});

test("the middle button and a held Space move the view, also beside a side", () => {
  for (const [button, space] of [
    [1, false],
    [0, true],
  ]) {
    // biome-ignore format: one line
    const { gestures, keyboard } = layerOf();
    keyboard.space = space;
    gestures.down({ ...event([50.5, 20.5]), button });
    assert.equal(gestures.gesture.kind, "move");
  }
});

test("a side that goes while it is held, as by undo, is let go", () => {
  const points = [...POINTS];
  const { gestures, handles, said } = layerOf(points);
  gestures.down(event([50.5, 20.5]));
  gestures.move(event([50.5, 25.5]));
  points.length = 0;
  handles.changed();
  gestures.move(event([50.5, 26.5]));
  gestures.up(event([50.5, 26.5]));
  assert.equal(gestures.gesture, null);
  assert.deepEqual(said, []);
});

test("what lies under the pointer is asked for, but not while an outline follows it", () => {
  const layer = layerOf();
  const asked = [];
  layer.hover = { at: (place) => asked.push(place) };
  layer.gestures.move(event([30, 30]));
  layer.gestures.gesture = { kind: "outline", id: "keys", from: [30, 30], outline: {} };
  layer.outline = { drag: none };
  layer.gestures.move(event([40, 30]));
  layer.gestures.gesture = null;
  layer.gestures.move(event([50, 30]));
  assert.deepEqual(asked, [
    [30, 30],
    [50, 30],
  ]);
});
