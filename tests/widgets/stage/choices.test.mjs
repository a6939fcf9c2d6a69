// Classes and modes that are chosen while the kernel is busy. By hand: node --test tests/widgets
import assert from "node:assert/strict";
import { test } from "node:test";

import { Choices } from "../../../corewidgets/widgets/stage/choices.js";

function chooser(values = {}) {
  const state = {
    mode: "paint",
    class_code: 1,
    ink_color: "#AA0000",
    classes: [
      [3, "#0000BB"],
      [1, "#AA0000"],
    ],
    modes: [
      { name: "erase", gesture: "brush", paints: false },
      { name: "paint", gesture: "brush", paints: true },
      { name: "fill", gesture: "spot", paints: true },
      { name: "pan", gesture: "move", paints: false },
    ],
    mode_names: ["paint", "erase", "pan"],
    key_choices: { e: { mode: "erase" }, 1: { place: 0 }, 9: { place: 8 } },
    chosen: {},
    ...values,
  };
  const sent = [];
  const choices = new Choices({ get: (name) => state[name] }, "me", (content) => sent.push(content));
  return { choices, state, sent };
}

test("without a choice the kernel's class, color and mode hold", () => {
  const { choices } = chooser();
  assert.deepEqual([choices.code, choices.color, choices.mode], [1, "#AA0000", "paint"]);
});

test("what was chosen holds until the kernel has heard of the last choice", () => {
  const { choices, state, sent } = chooser();
  choices.chooseByKey("1");
  choices.chooseByKey("e");
  assert.deepEqual([choices.code, choices.color, choices.mode], [3, "#0000BB", "erase"]);
  state.chosen = { me: 1, other: 2 };
  choices.heard();
  assert.equal(choices.mode, "erase");
  state.chosen = { me: 2 };
  choices.heard();
  assert.deepEqual([choices.code, choices.mode], [1, "paint"]); // what the kernel says now
  assert.deepEqual(
    sent.map(({ number, code, mode }) => [number, code, mode]),
    [
      [1, 3, ""],
      [2, 0, "erase"],
    ],
  );
});

test("a key for a class leaves the modes that do not paint it", () => {
  const { choices, sent } = chooser({ mode: "erase" });
  choices.chooseByKey("1");
  assert.deepEqual([choices.code, choices.mode], [3, "paint"]);
  assert.deepEqual([sent[0].code, sent[0].mode], [3, "paint"]);
  const other = chooser({ mode: "fill" });
  other.choices.chooseByKey("1");
  assert.deepEqual([other.choices.code, other.choices.mode], [3, "fill"]);
  choices.chooseByKey("9"); // no such class
  choices.chooseByKey("x"); // chooses nothing
  assert.equal(sent.length, 1);
});

test("the class of a pixel that was picked is known to the kernel only", () => {
  const { choices, state } = chooser();
  choices.chooseByKey("1");
  choices.choose({ code: 0 });
  assert.deepEqual([choices.code, choices.color], [0, "#AA0000"]);
  state.chosen = { me: 2 };
  choices.heard();
  assert.equal(choices.code, 1);
});
