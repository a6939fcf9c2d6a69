// What the page still calls of a widget's channel after the widget was closed: nothing.
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";

import script from "../../corewidgets/widgets/releaser.js";

function made(...ids) {
  const calls = [];
  const channel = (id) => ({
    on_close: (call) => calls.push([id, "close", call]),
    on_msg: (call) => calls.push([id, "message", call]),
  });
  const models = Object.fromEntries(
    ids.map((id) => [id, Object.assign(new EventEmitter(), { comm: channel(id) })]),
  );
  const widget_manager = {
    has_model: (id) => id in models,
    get_model: async (id) => models[id],
  };
  const releaser = Object.assign(new EventEmitter(), { widget_manager });
  script.initialize({ model: releaser });
  const say = async (content) => {
    releaser.emit("msg:custom", content);
    await null;
    await null;
  };
  return { calls, models, say };
}

test("a channel is cut when its widget is closed, not before, and no other", async () => {
  const { calls, models, say } = made("a", "b");
  await say({ kind: "closing", ids: ["a"] });
  assert.deepEqual(calls, []);
  models.a.emit("comm:close");
  models.b.emit("comm:close");
  assert.deepEqual(
    calls.map(([id, what]) => `${id} ${what}`),
    ["a close", "a message"],
  );
  assert.equal(calls[0][2](), undefined);
});

test("a widget that this page has not, or that has no channel, is passed over", async () => {
  const { calls, models, say } = made("a");
  delete models.a.comm;
  await say({ kind: "closing", ids: ["elsewhere", "a"] });
  models.a.emit("comm:close");
  assert.deepEqual(calls, []);
});

test("other messages are no closing", async () => {
  const { calls, models, say } = made("a");
  await say({ kind: "other", ids: ["a"] });
  models.a.emit("comm:close");
  assert.deepEqual(calls, []);
});
