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
  _drawImage(picture, ...place) {
    this.drawn.push([picture.text ?? picture, ...place]);
  }
  async drawImage([image, ...place]) {
    this._drawImage(`element of ${image}`, ...place);
  }
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

test("pictures are drawn from bitmaps that are let go, once their widgets have them; none ends the drawing", async (context) => {
  context.mock.method(console, "warn", () => {});
  const bitmaps = [];
  globalThis.createImageBitmap = async (file) => {
    const bitmap = { text: `${file.type} ${await file.text()}`, closed: false };
    bitmap.close = () => {
      bitmap.closed = true;
    };
    bitmaps.push(bitmap);
    return bitmap;
  };
  const { models, say, waited, widget_manager } = made();
  const image = (format, text) =>
    new Map([["_model_name", "ImageModel"], ["format", format], ["value", new TextEncoder().encode(text)]]); // biome-ignore format: in rows
  models.ours = image("url", `data:image/png;base64,${btoa("pixels")}`);
  models.linked = image("url", "https://example.org/rock.png");
  models.theirs = image("jpeg", "pixels");
  models.late = image("url", "");
  models.late.state_change = Promise.resolve().then(() =>
    models.late.set("value", new TextEncoder().encode(`data:image/jpeg;base64,${btoa("late")}`)),
  );
  models.empty = image("url", "");
  models.sheet = new Map([["_model_name", "CanvasModel"]]);
  const canvas = new Canvas(widget_manager);
  Object.assign(models, { open: canvas, canvases: new Canvases(widget_manager) });
  await say({ kind: "other" });
  await say({ kind: "other" });
  await models.canvases.receive(["switch", "IPY_MODEL_open"]);
  for (const id of ["ours", "linked", "theirs", "late", "empty", "closed", "sheet"]) {
    await models.canvases.receive(["drawImage", [`IPY_MODEL_${id}`, 1, 2, 30, 40]]);
  }
  assert.deepEqual(canvas.drawn, [
    ["image/png pixels", 1, 2, 30, 40],
    ["element of IPY_MODEL_linked", 1, 2, 30, 40],
    ["element of IPY_MODEL_theirs", 1, 2, 30, 40],
    ["image/jpeg late", 1, 2, 30, 40],
    ["element of IPY_MODEL_sheet", 1, 2, 30, 40],
  ]);
  assert.deepEqual(
    bitmaps.map((bitmap) => bitmap.closed),
    [true, true],
  );
  assert.deepEqual(waited, []);
});
