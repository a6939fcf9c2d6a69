// What the page makes of the bits of an outline. Run by test_ink.py.

import assert from "node:assert";
import test from "node:test";

import { maskOf, middleOf, Outline, partsOf } from "../../../corewidgets/widgets/stage/outline.js";

// 3 rows of 5 pixels: .##.. / ###.# / .....
const MASK = maskOf(new Uint8Array([0b01100111, 0b01000000]), 15);

test("pixels inside come as runs along the rows", () => {
  assert.deepEqual(partsOf(MASK, 3, 5).runs, [
    [0, 1, 2],
    [1, 0, 3],
    [1, 4, 1],
  ]);
});

test("the line runs around what is inside, at the border of the mask only where it is inside", () => {
  const { sides } = partsOf(MASK, 3, 5);
  const found = new Set(sides.map((side) => side.join(" ")));
  assert.equal(found.size, sides.length);
  const across = ["1 0 3 0", "0 1 1 1", "4 1 5 1", "0 2 3 2", "4 2 5 2"];
  const down = ["1 0 1 1", "3 0 3 2", "0 1 0 2", "4 1 4 2", "5 1 5 2"];
  assert.deepEqual(found, new Set([...across, ...down]));
});

test("nothing inside has no line", () => {
  assert.deepEqual(partsOf(maskOf(new Uint8Array([0]), 6), 2, 3), { runs: [], sides: [] });
});

test("the middle is that of the pixels, in the photograph", () => {
  const { size, middle } = middleOf(partsOf(MASK, 3, 5).runs, 100, 200);
  assert.equal(size, 6);
  assert.deepEqual(middle, [100 + 4 / 6, 200 + (1 + 2 + 0 + 1 + 2 + 4) / 6]);
});

// A press on a clast of 40 x 40 pixels in the middle of a page of 100 x 100, whose outline has been there for a while.
function pressed() {
  const ctx = { fillRect: () => {} };
  globalThis.document = { createElement: () => ({ getContext: () => ctx }) };
  const said = [];
  const size = { n_rows: 100, n_columns: 100, left: 0, top: 0, width: 100, height: 100 };
  const layer = {
    client: "page",
    unit: 1,
    view: { ...size, row: 49.5, column: 49.5, scale: 1, rotation: 0 },
    choices: { color: "red" },
    sheets: { paint: () => {}, paintOver: () => {} },
    send: (content) => said.push(content),
  };
  const gesture = { kind: "outline", from: [60, 50], clicked: false };
  layer.gestures = {
    gesture,
    stroke: (mode, points) => ({ mode, points }),
    follow: (path) => path.push([50, 61]),
  };
  const outline = new Outline(layer);
  outline.begin(gesture, {}, [50, 60]);
  const [{ number, press }] = said;
  const bits = new Uint8Array(200).fill(255);
  outline.answered({ client: "page", number, box: [30, 30, 40, 40] }, [bits]);
  return { outline, gesture, said, press };
}

// Squares of 40, 42 and 44 pixels, of 1.1 times as wide each.
function widths(press) {
  const from = Int8Array.from({ length: 44 ** 2 }, (_, place) => {
    const depth = Math.min(...[Math.floor(place / 44), place % 44].map((at) => Math.min(at, 43 - at)));
    return depth === 0 ? 1 : depth === 1 ? 0 : -1;
  });
  return [{ client: "page", press, box: [28, 28, 44, 44], step: 1.1, known: [-1, 1] }, [from]];
}

test("a drag is followed by the widths that are known, without the kernel; what is seen is kept", () => {
  const { outline, gesture, said, press } = pressed();
  gesture.outline.seenAt -= 1000;
  outline.widthsCame(...widths(press));
  assert.equal(gesture.outline.found.size, 42 ** 2);
  outline.drag(gesture, {}, [62, 50]);
  assert.equal(gesture.outline.found.size, 44 ** 2);
  outline.drag(gesture, {}, [58, 50]);
  assert.equal(gesture.outline.found.size, 40 ** 2);
  assert.equal(said.length, 1);
  assert.equal(outline.stroke(gesture).width, 1.1 ** -1);
});

test("beyond the widths that are known the kernel is asked, and a late answer replaces nothing that is known", () => {
  const { outline, gesture, said, press } = pressed();
  gesture.outline.seenAt -= 1000;
  outline.widthsCame(...widths(press));
  outline.drag(gesture, {}, [90, 50]);
  assert.equal(said.length, 2);
  assert.ok(said[1].width > 1.2);
  outline.drag(gesture, {}, [60, 50]);
  outline.answered({ client: "page", number: said[1].number, box: [0, 0, 100, 100] }, [
    new Uint8Array(1250).fill(255),
  ]);
  assert.equal(gesture.outline.found.size, 42 ** 2);
  assert.equal(said.length, 2);
});

test("widths of another press, of another page and of a scribble are not drawn", () => {
  const { outline, gesture, said, press } = pressed();
  outline.widthsCame(...widths(press + 1));
  const [content, buffers] = widths(press);
  outline.widthsCame({ ...content, client: "other" }, buffers);
  assert.equal(gesture.outline.found.size, 40 ** 2);
  outline.drag(gesture, {}, [62, 50]); // at once: a scribble
  outline.widthsCame(content, buffers);
  assert.equal(gesture.outline.found.size, 40 ** 2);
  assert.equal(said[1].press, null);
});
