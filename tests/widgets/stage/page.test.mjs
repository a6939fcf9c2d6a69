// What a view waits for until it is on the page, and that it stops waiting when it is removed before.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Page } from "../../../corewidgets/widgets/stage/page.js";

// A page on which frames are drawn by hand, and a view that watches it.
function watched() {
  let frames = new Map();
  const watcher = class {
    observe() {}
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
  const parent = { querySelectorAll: () => [], clientWidth: 0 };
  const el = { isConnected: false, parentElement: null, closest: () => null };
  const undo = [];
  let attached = 0;
  new Page({ undo }, el).watch(() => attached++);
  return {
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
