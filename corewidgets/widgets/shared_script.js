// The script of a widget, which all widgets of its kind share: a page keeps each script that it was given until it is closed,
// with all that was compiled of it. This one, a few lines, is all that each widget brings along.

globalThis.corewidgetsScripts ??= new Map();
const scripts = globalThis.corewidgetsScripts; // by their texts: a new kernel brings the same

function imported(text) {
  if (!scripts.has(text)) {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const loading = import(url).finally(() => URL.revokeObjectURL(url));
    loading.catch(() => scripts.delete(text)); // the next widget tries again
    scripts.set(text, loading);
  }
  return scripts.get(text);
}

async function scriptOf(model) {
  const holder = await model.widget_manager.get_model(model.get("script").replace("IPY_MODEL_", ""));
  return (await imported(holder.get("text"))).default;
}

export default {
  async initialize({ model }) {
    await scriptOf(model); // before messages are heard
  },
  async render(view) {
    return (await scriptOf(view.model)).render(view);
  },
};
