// What the page keeps of a widget that the kernel has closed: its channel, but no element, after this.
// JupyterLab keeps the channel (comm) of each widget until the kernel ends, a channel keeps the functions that it calls,
// and these are methods of the widget's model, which keeps its views with all their elements.

const NOTHING = () => {};

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
    model.on("msg:custom", (content) => {
      if (content.kind === "closing") letGo(model.widget_manager, content.ids);
    });
  },
};
