// What keys are called on keyboards of different scripts. By hand: node --test tests/widgets
import assert from "node:assert/strict";
import { test } from "node:test";

import { keyNames, knownName } from "../../../corewidgets/widgets/stage/keys.js";

const press = (key, code, held = {}) => ({ key, code, ...held });

test("a Latin letter is called as it is printed, wherever it lies", () => {
  assert.deepEqual(keyNames(press("Z", "KeyZ", { shiftKey: true })), ["z"]);
  assert.deepEqual(keyNames(press("z", "KeyY", { ctrlKey: true })), ["ctrl+z"]); // German
  assert.deepEqual(keyNames(press("z", "KeyW")), ["z"]); // French
  assert.deepEqual(keyNames(press("Z", "KeyZ", { ctrlKey: true, shiftKey: true })), ["ctrl+shift+z"]);
  assert.deepEqual(keyNames(press("ArrowLeft", "ArrowLeft", { shiftKey: true })), ["shift+ArrowLeft"]);
});

test("a letter of another script is also called by its place", () => {
  assert.deepEqual(keyNames(press("я", "KeyZ", { ctrlKey: true })), ["ctrl+я", "ctrl+z"]); // Russian
  assert.deepEqual(keyNames(press("Я", "KeyZ", { metaKey: true, shiftKey: true })), [
    "ctrl+shift+я",
    "ctrl+shift+z",
  ]);
  assert.deepEqual(keyNames(press("х", "BracketLeft")), ["х", "["]);
  assert.deepEqual(keyNames(press("ι", "KeyI")), ["ι", "i"]); // Greek
  assert.deepEqual(keyNames(press("ö", "Semicolon")), ["ö"]); // no key of ours lies there
});

test("digits are at their places where they need Shift", () => {
  assert.deepEqual(keyNames(press("&", "Digit1")), ["&", "1"]); // French
  assert.deepEqual(keyNames(press("1", "Digit1")), ["1"]);
  assert.deepEqual(keyNames(press("!", "Digit1", { shiftKey: true })), ["!"]);
  assert.deepEqual(keyNames(press("1", "Digit1", { shiftKey: true })), ["1"]); // French, with Shift
});

test("a name that the tool knows is taken, that of the letter first", () => {
  assert.equal(knownName(press("я", "KeyZ", { ctrlKey: true }), ["ctrl+z", "b"]), "ctrl+z");
  assert.equal(knownName(press("-", "Digit6"), ["-", "6"]), "-"); // French: zoom out, not the sixth class
  assert.equal(knownName(press("я", "KeyZ"), ["b"]), "я");
});
