// What the page keeps of a widget that the kernel has closed: nothing, after this; and no drawing ends because of it.
// JupyterLab (4.4 and later) keeps the channel (comm) of each widget until the kernel ends, a channel keeps the functions
// that it calls, and these are methods of the widget's model, which keeps its views with all their elements. Channels that
// were there before this script are kept still, but no element.

const NOTHING = () => {};

// A canvas that anything may be drawn on.
const NOWHERE = new Proxy({}, { get: () => NOTHING, set: () => true });

// The widget that a command names. One that was closed is said to be missing at once: JupyterLab would look for it for two
// seconds, for each canvas and picture of a photograph that was left, and all drawing would wait.
async function findModel(manager, reference) {
  const id = String(reference).replace("IPY_MODEL_", "");
  if (manager.has_model?.(id) === false) throw new Error("It was closed.");
  return manager.get_model(id);
}

// The file that an image widget holds as a data: address; null for any other.
function fileOf(picture) {
  if (picture.get("format") !== "url") return null;
  const address = new TextDecoder().decode(picture.get("value"));
  const [, type, text] = address.match(/^data:([\w/]+);base64,(.*)$/) ?? [];
  if (!type) return null;
  const bytes = Uint8Array.fromBase64?.(text) ?? Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  return new Blob([bytes], { type });
}

// Have a canvas draw a picture only when its widget has it, and from a bitmap that goes at once. Changes of a widget come
// a moment later than the message that brings them, and ipycanvas would wait for a picture without content for ever. Of
// the elements that ipycanvas draws from, Chromium without a GPU keeps what it decoded, 2.4 MiB for each photograph that
// was opened, until that takes hundreds of MiB.
function drawBitmaps(canvas) {
  if (canvas.drawsBitmaps || !canvas.drawImage) return;
  canvas.drawsBitmaps = true;
  const { drawImage } = canvas;
  canvas.drawImage = async (command, buffers) => {
    const [reference, ...place] = command;
    const picture = await findModel(canvas.widget_manager, reference);
    await picture.state_change;
    if (picture.get("_model_name") !== "ImageModel") return drawImage.call(canvas, command, buffers);
    if (!picture.get("value")?.byteLength) throw new Error("There is no picture.");
    const file = fileOf(picture);
    if (!file || !canvas._drawImage) return drawImage.call(canvas, command, buffers);
    const bitmap = await createImageBitmap(file);
    canvas._drawImage(bitmap, ...place);
    bitmap.close();
  };
}

// Keep the drawing on all canvases of a page going. One ipycanvas manager draws on all of them, one command after the
// other; the first command that fails ends it for good. Such is one for a canvas that was closed before its turn came.
function keepDrawing(manager) {
  if (manager.goesOn) return;
  manager.goesOn = true;
  const { switchCanvas, processCommand } = manager;
  manager.switchCanvas = async (canvas) => {
    try {
      await findModel(manager.widget_manager, canvas);
      await switchCanvas.call(manager, canvas);
      drawBitmaps(manager.currentCanvas);
    } catch {
      manager.currentCanvas = NOWHERE;
    }
  };
  manager.processCommand = async (...command) => {
    try {
      await processCommand.apply(manager, command);
    } catch (error) {
      console.warn(`A drawing is left out. ${error}`); // the console keeps an error for ever, and what its stack names
    }
  };
}

function findManager(releaser) {
  const [manager, id] = [releaser.widget_manager, releaser.get("canvas_manager")];
  if (id && manager.has_model?.(id)) manager.get_model(id).then(keepDrawing);
}

// Have JupyterLab forget the channels of widgets. Each channel has a function called at each status of the kernel (idle,
// busy, ...), for ever, which keeps the channel with all that it holds. All of them do the same, and only when the kernel
// restarts: forget its subshells. That of this script's own channel, which is there already, is enough.
function addNoMore(kernel) {
  const signal = kernel?.statusChanged;
  if (!signal || signal.addsNoMore) return;
  signal.addsNoMore = true;
  const { connect } = signal;
  signal.connect = (slot, receiver) =>
    String(slot).includes("_cleanSubshells") ? false : connect.call(signal, slot, receiver);
}

// Let the models of widgets go as soon as they are closed. `ids` are theirs.
function letGo(manager, ids) {
  for (const id of ids) {
    if (!manager.has_model?.(id)) continue; // not every notebook has it
    manager.get_model(id).then((model) => {
      const { comm } = model; // the model forgets it when it is closed
      if (!comm?.on_close) return;
      model.once("comm:close", () => {
        comm.on_close(NOTHING);
        comm.on_msg(NOTHING);
      });
    });
  }
}

export default {
  initialize({ model }) {
    const begin = () => {
      findManager(model);
      addNoMore(model.widget_manager.kernel);
    };
    begin();
    model.on("msg:custom", (content) => {
      begin(); // a page that was loaded again may have had none of these before
      if (content.kind === "closing") letGo(model.widget_manager, content.ids);
    });
  },
};
