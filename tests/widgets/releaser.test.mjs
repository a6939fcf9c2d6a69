// What the page still calls of a widget's channel after the widget was closed: nothing.
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";

import script from "../../corewidgets/widgets/releaser.js";

// Calls what is connected to it, as the signals of JupyterLab do.
class Signal {
  slots = [];
  connect(slot) {
    this.slots.push(slot);
    return true;
  }
}

function made(...ids) {
  const calls = [];
  const channel = (id) => ({
    on_close: (call) => calls.push([id, "close", call]),
    on_msg: (call) => calls.push([id, "message", call]),
  });
  const models = Object.fromEntries(
    ids.map((id) => [id, Object.assign(new EventEmitter(), { comm: channel(id) })]),
  );
  const kernel = { statusChanged: new Signal() };
  const waited = []; // for what JupyterLab does not know: two seconds each
  const widget_manager = {
    kernel,
    has_model: (id) => id in models,
    get_model: async (id) => {
      if (!(id in models)) waited.push(id);
      return models[id];
    },
  };
  const releaser = Object.assign(new EventEmitter(), { widget_manager, get: () => "canvases" });
  script.initialize({ model: releaser });
  const say = async (content) => {
    releaser.emit("msg:custom", content);
    await null;
    await null;
  };
  return { calls, kernel, models, say, waited, widget_manager };
}

// Draws as the manager of ipycanvas does: what fails once ends all that follows.
class Canvases {
  constructor(widget_manager) {
    this.widget_manager = widget_manager;
    this.turn = Promise.resolve();
  }

  receive(commands) {
    this.turn = this.turn.then(() => this.processCommand(commands));
    return this.turn;
  }

  async processCommand(command) {
    if (Array.isArray(command[0])) {
      for (const part of command) await this.processCommand(part);
    } else if (command[0] === "switch") {
      await this.switchCanvas(command[1]);
      this.currentCanvas.sync();
    } else {
      await this.currentCanvas[command[0]](command[1]);
    }
  }

  async switchCanvas(name) {
    this.currentCanvas = await this.widget_manager.get_model(name.replace("IPY_MODEL_", ""));
  }
}

class Canvas {
  drawn = [];
  constructor(widget_manager) {
    this.widget_manager = widget_manager;
  }
  sync() {}
  draw(what) {
    this.drawn.push(what);
  }
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

test("channels add no more functions that the kernel's status calls; others do", async () => {
  const { kernel, say } = made();
  await say({ kind: "other" }); // a second time
  class Channel {
    constructor(status) {
      status.connect(() => this._cleanSubshells());
    }
  }
  for (let i = 0; i < 3; i += 1) new Channel(kernel.statusChanged);
  assert.equal(kernel.statusChanged.slots.length, 0);
  const shows = () => {};
  assert.equal(kernel.statusChanged.connect(shows), true);
  assert.deepEqual(kernel.statusChanged.slots, [shows]);
});

test("a page without a kernel is left as it is", async () => {
  const releaser = Object.assign(new EventEmitter(), { widget_manager: { kernel: null }, get: () => "" });
  script.initialize({ model: releaser });
});

test("other messages are no closing", async () => {
  const { calls, models, say } = made("a");
  await say({ kind: "other", ids: ["a"] });
  models.a.emit("comm:close");
  assert.deepEqual(calls, []);
});

test("what is drawn on a closed canvas, or fails, does not end the drawing on the others", async (context) => {
  context.mock.method(console, "warn", () => {});
  const { models, say, waited, widget_manager } = made();
  const canvas = new Canvas(widget_manager);
  Object.assign(models, { open: canvas, canvases: new Canvases(widget_manager) });
  await say({ kind: "other" }); // the page came to know the manager after the script
  await say({ kind: "other" });
  await models.canvases.receive([["switch", "IPY_MODEL_closed"], ["draw", 1], ["switch", "IPY_MODEL_open"], ["draw", 2]]); // biome-ignore format: in rows
  await models.canvases.receive([["wrong", 3], ["draw", 4]]); // biome-ignore format: in rows
  await models.canvases.receive(["draw", 5]);
  assert.deepEqual(canvas.drawn, [2, 4, 5]);
  assert.deepEqual(waited, []);
  const [warned] = console.warn.mock.calls.map((call) => call.arguments);
  assert.equal(console.warn.mock.callCount(), 1);
  assert.deepEqual(
    warned.map((each) => typeof each), // the console keeps what it is given, an error with the canvas
    ["string"],
  );
});

test("a picture is drawn once its widget has it, and one without content or widget ends no drawing", async (context) => {
  context.mock.method(console, "warn", () => {});
  const { models, say, waited, widget_manager } = made();
  const picture = (state_change, bytes) => ({
    state_change,
    get: (name) => (name === "value" ? bytes() : "ImageModel"),
  });
  let value = new Uint8Array();
  const brought = new Promise((later) => setTimeout(later, 5)).then(() => {
    value = new Uint8Array(3);
  });
  models.picture = picture(brought, () => value);
  models.empty = picture(Promise.resolve(), () => new Uint8Array());
  const canvas = new Canvas(widget_manager);
  canvas.drawImage = ([image]) => canvas.drawn.push([image, value.byteLength]);
  Object.assign(models, { open: canvas, canvases: new Canvases(widget_manager) });
  await say({ kind: "other" });
  await say({ kind: "other" });
  await models.canvases.receive([["switch", "IPY_MODEL_open"], ["drawImage", ["IPY_MODEL_picture"]]]); // biome-ignore format: in rows
  await models.canvases.receive([["drawImage", ["IPY_MODEL_empty"]], ["drawImage", ["IPY_MODEL_closed"]], ["draw", "more"]]); // biome-ignore format: in rows
  assert.deepEqual(canvas.drawn, [["IPY_MODEL_picture", 3], "more"]);
  assert.deepEqual(waited, []);
});
