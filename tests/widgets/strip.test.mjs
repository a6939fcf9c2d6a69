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

// A page with places whose tools are replaced, what is chosen on it, and what the kernel has opened.
class Bench {
  constructor(chosenName, opened = { name: chosenName, tools: 1 }) {
    this.chosen = chosenName;
    this.opened = opened;
    this.place = { inert: false, children: [{ of: chosenName, inert: false }] };
    this.leaving = new Leaving(
      () => [this.place],
      () => this.chosen,
      () => this.opened,
    );
    this.leaving.settle();
  }

  choose(name) {
    this.chosen = name;
    return this.leaving.settle();
  }

  open(name) {
    this.opened = { ...this.opened, name };
    return this.leaving.settle();
  }

  // The kernel replaces the tools; the page may do so later.
  replace(name, comes = true) {
    this.opened = { ...this.opened, tools: this.opened.tools + 1 };
    this.leaving.settle();
    if (comes) this.come(name);
  }

  come(name) {
    this.place.children = [{ of: name, inert: false }];
  }

  get usable() {
    return this.place.children.filter((tool) => !tool.inert && !this.place.inert).map((tool) => tool.of);
  }
}

test("tools are left from the choice until the new ones are there", () => {
  const bench = new Bench("A");
  assert.deepEqual(bench.usable, ["A"]);
  assert.equal(bench.choose("B"), true);
  assert.deepEqual(bench.usable, []);
  assert.equal(bench.open(""), true);
  bench.replace("B", false);
  assert.equal(bench.open("B"), false); // said before the page has the new tools
  assert.deepEqual(bench.usable, []);
  bench.come("B");
  assert.deepEqual(bench.usable, ["B"]);
  assert.equal(bench.leaving.left.size, 0); // nothing of those before is kept
});

test("a photograph that is opened by a cell lets the tools be left too", () => {
  const bench = new Bench("A");
  bench.open("");
  assert.deepEqual(bench.usable, []);
  bench.replace("B");
  bench.choose("B"); // the kernel says so
  bench.open("B");
  assert.deepEqual(bench.usable, ["B"]);
});

test("tools of a photograph on the way to another one are not used", () => {
  const bench = new Bench("A");
  bench.choose("B");
  bench.choose("C");
  bench.open("");
  bench.replace("B");
  bench.open("B");
  assert.deepEqual(bench.usable, []);
  bench.open("");
  bench.replace("C", false);
  bench.open("C");
  assert.deepEqual(bench.usable, []);
  bench.come("C");
  assert.deepEqual(bench.usable, ["C"]);
});

test("where a photograph cannot be opened, or is chosen again, its tools stay", () => {
  const bench = new Bench("A");
  bench.choose("B");
  bench.open("");
  bench.open("A");
  bench.choose("A"); // the kernel says so
  assert.deepEqual(bench.usable, ["A"]);
  bench.choose("B");
  bench.choose("A"); // before the kernel began
  assert.deepEqual(bench.usable, ["A"]);
});

test("where the next but one cannot be opened, the tools of the next are used", () => {
  const bench = new Bench("A");
  bench.choose("B");
  bench.choose("C");
  bench.open("");
  bench.replace("B");
  bench.open("B");
  bench.open("");
  bench.open("B");
  bench.choose("B"); // the kernel says so
  assert.deepEqual(bench.usable, ["B"]);
});

test("a page that comes while a photograph is opened, or missed what was said, knows it from the state", () => {
  const late = new Bench("B", { name: "", tools: 1 });
  assert.deepEqual(late.usable, []);
  late.replace("B");
  late.open("B");
  assert.deepEqual(late.usable, ["B"]);
  const later = new Bench("B", { name: "", tools: 2 }); // the new tools are there already
  later.open("B");
  assert.deepEqual(later.usable, ["B"]);
  const missed = new Bench("A");
  missed.choose("B");
  missed.replace("B");
  missed.open("B"); // that it begins was lost
  assert.deepEqual(missed.usable, ["B"]);
});
