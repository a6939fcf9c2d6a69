// What the strip of photographs finds, and which tools it lets nothing be done with while another photograph is opened.
import assert from "node:assert/strict";
import { test } from "node:test";

import { chosen, Leaving } from "../../corewidgets/widgets/strip.js";

const ROWS = [
  { name: "R1", top: 600, base: 600.5, states: ["labelled"], classes: [1] },
  { name: "R2", top: 600.5, base: 601, states: ["mapped"], classes: [1, 2] },
  { name: "72-2", top: null, base: null, states: [], classes: [] },
];
const found = (text, state = "") => chosen(ROWS, text, state, { 1: "Matrix", 2: "Melt" });

test("photographs are found by name, class, state, depth and a range of depths", () => {
  assert.deepEqual(found("r"), [0, 1]);
  assert.deepEqual(found("melt"), [1]);
  assert.deepEqual(found("", "not mapped"), [0, 2]);
  assert.deepEqual(found("600,7 m"), [1]);
  assert.deepEqual(found("600.2 - 600.8"), [0, 1]);
  assert.deepEqual(found("600.6–700 m"), [1]);
  assert.deepEqual(found("601.5 to 700"), []);
  assert.deepEqual(found("72-2"), [2]); // no range
});

// A page with places whose tools are replaced, and what is chosen on it.
class Bench {
  constructor(chosenName) {
    this.chosen = chosenName;
    this.place = { inert: false, children: [{ of: chosenName, inert: false }] };
    this.leaving = new Leaving(
      () => [this.place],
      () => this.chosen,
    );
  }

  choose(name) {
    this.chosen = name;
    this.leaving.settle();
  }

  replace(name) {
    const before = this.place.children;
    this.place.children = [{ of: name, inert: false }];
    return before;
  }

  get usable() {
    return this.place.children.filter((tool) => !tool.inert && !this.place.inert).map((tool) => tool.of);
  }
}

test("tools are left from the choice until the new ones are there", () => {
  const bench = new Bench("A");
  assert.deepEqual(bench.usable, ["A"]);
  bench.choose("B");
  assert.deepEqual(bench.usable, []);
  bench.leaving.opened("", true);
  bench.leaving.opened("B", false); // said before the page has the new tools
  assert.deepEqual(bench.usable, []);
  bench.replace("B");
  assert.deepEqual(bench.usable, ["B"]);
  assert.deepEqual(bench.leaving.tools, []); // nothing of them is kept
});

test("a photograph that is opened by a cell lets the tools be left too", () => {
  const bench = new Bench("A");
  bench.leaving.opened("", true);
  assert.deepEqual(bench.usable, []);
  bench.replace("B");
  bench.choose("B"); // the kernel says so
  bench.leaving.opened("B", false);
  assert.deepEqual(bench.usable, ["B"]);
});

test("tools of a photograph on the way to another one are not used", () => {
  const bench = new Bench("A");
  bench.choose("B");
  bench.choose("C");
  bench.leaving.opened("", true);
  bench.replace("B");
  bench.leaving.opened("B", false);
  assert.deepEqual(bench.usable, []);
  bench.leaving.opened("", true);
  bench.leaving.opened("C", false);
  assert.deepEqual(bench.usable, []);
  bench.replace("C");
  assert.deepEqual(bench.usable, ["C"]);
});

test("where a photograph cannot be opened, or is chosen again, its tools stay", () => {
  const bench = new Bench("A");
  bench.choose("B");
  bench.leaving.opened("", true);
  bench.leaving.opened("A", true);
  bench.choose("A"); // the kernel says so
  assert.deepEqual(bench.usable, ["A"]);
  bench.choose("B");
  bench.choose("A"); // before the kernel began
  assert.deepEqual(bench.usable, ["A"]);
});
