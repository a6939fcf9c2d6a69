// What is said of a kernel that does not take strokes. By hand: node --test tests/widgets
import assert from "node:assert/strict";
import { test } from "node:test";

import { isLost, noticeOf, stateOf } from "../../../corewidgets/widgets/stage/kernel.js";

const connected = (status) => ({ status, connectionStatus: "connected" });
const STATES = [
  [connected("idle"), true, "alive"],
  [connected("busy"), true, "alive"],
  [undefined, true, "alive"], // a page that tells nothing of its kernel
  [undefined, false, "restarted"],
  [{ status: "busy", connectionStatus: "connecting" }, true, "unreachable"],
  [{ status: "idle", connectionStatus: "disconnected" }, true, "unreachable"],
  [connected("dead"), true, "gone"],
  [connected("dead"), false, "gone"],
  [connected("terminating"), true, "gone"],
  [{ status: "unknown", connectionStatus: "disconnected" }, true, "gone"],
  [null, true, "gone"],
  [connected("autorestarting"), true, "restarted"],
  [connected("restarting"), true, "restarted"],
  [connected("idle"), false, "restarted"],
];

for (const [kernel, knows, state] of STATES) {
  test(`${JSON.stringify(kernel)}, ${knows}: ${state}`, () => assert.equal(stateOf(kernel, knows), state));
}

test("only a kernel that is gone or another one loses strokes", () =>
  assert.deepEqual(["alive", "unreachable", "gone", "restarted"].map(isLost), [false, false, true, true]));

test("what waits is counted, what is lost is to be drawn again", () => {
  assert.equal(noticeOf("alive", "busy", 0), "");
  assert.equal(noticeOf("alive", "busy", 1), "The kernel is busy: 1 stroke waits for it");
  assert.equal(noticeOf("alive", "idle", 2), "The kernel does not answer: 2 strokes wait for it");
  assert.equal(
    noticeOf("unreachable", "busy", 2),
    "There is no connection to the kernel: 2 strokes wait for it",
  );
  for (const state of ["gone", "restarted"]) {
    assert.match(
      noticeOf(state, "busy", 0),
      /^The kernel (is gone|has ended and was started anew)\. .*run the cell again/i,
    );
    assert.match(noticeOf(state, "busy", 1), /; 1 stroke did not reach it: draw it again\. /);
    assert.match(noticeOf(state, "busy", 3), /; 3 strokes did not reach it: draw them again\. /);
    assert.doesNotMatch(noticeOf(state, "busy", 3), /busy/);
  }
});
