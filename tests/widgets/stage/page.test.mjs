// What a view waits for until it is on the page, that it stops waiting when it is removed before, and what it tells.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Page } from "../../../corewidgets/widgets/stage/page.js";

// A page on which frames are drawn by hand, and a view that watches it.
function watched() {
  let frames = new Map();
  const watchers = {};
  const watcher = class {
    constructor(call) {
      this.call = call;
    }
    observe(where) {
      if (where === document.body) watchers.theme = this.call;
    }
    disconnect() {}
  };
  Object.assign(globalThis, {
    ResizeObserver: watcher,
    MutationObserver: watcher,
    document: { body: {} },
    requestAnimationFrame: (call) => frames.set(++number, call) && number,
    cancelAnimationFrame: (which) => frames.delete(which),
  });
  let number = 0;
  const parent = { querySelectorAll: () => [], clientWidth: 0, clientHeight: 300 };
  const el = { isConnected: false, parentElement: null, closest: () => null, style: {} };
  const undo = [];
  const sent = [];
  let attached = 0;
  const root = { style: {} };
  const model = { get: () => [500, 300] };
  const layer = { undo, root, model, ratio: 1, show: () => {}, send: (message) => sent.push(message) };
  const colors = { color: "light" };
  Object.assign(globalThis, {
    window: { devicePixelRatio: 1 },
    getComputedStyle: () => ({ getPropertyValue: () => colors.color }),
  });
  new Page(layer, el).watch(() => attached++);
  return {
    parent,
    sent,
    colors,
    changeTheme: () => watchers.theme(),
    attach: () => Object.assign(el, { isConnected: true, parentElement: parent }),
    draw: () => {
      const now = [...frames.values()];
      frames = new Map();
      for (const call of now) call();
    },
    remove: () => {
      for (const step of undo) step();
    },
    attached: () => attached,
    waiting: () => frames.size,
  };
}

test("it looks in each frame whether it is on the page, and says so once", () => {
  const page = watched();
  page.draw();
  assert.deepEqual([page.attached(), page.waiting()], [0, 1]);
  page.attach();
  page.draw();
  page.draw();
  assert.deepEqual([page.attached(), page.waiting()], [1, 0]);
});

test("a view that is removed before it is on the page waits no longer", () => {
  for (const n_frames of [0, 1, 3]) {
    const page = watched();
    for (let n = 0; n < n_frames; n++) page.draw();
    page.remove();
    assert.equal(page.waiting(), 0);
    page.attach(); // as a detached tree, or too late
    page.draw();
    assert.equal(page.attached(), 0);
  }
});

test("a theme that changes while JupyterLab hides the page is told when the page is back", async () => {
  const page = watched();
  page.parent.clientWidth = 500;
  page.attach();
  page.draw();
  assert.deepEqual(
    page.sent.map((one) => one.colors.band),
    ["light"],
  );
  page.colors.color = "dark";
  page.parent.clientWidth = 0;
  page.changeTheme();
  await new Promise((later) => setTimeout(later, 300)); // a frame may take long
  page.parent.clientWidth = 500;
  page.draw();
  await new Promise((later) => setTimeout(later, 300));
  assert.deepEqual(
    page.sent.map((one) => one.colors.band),
    ["light", "dark"],
  );
});
