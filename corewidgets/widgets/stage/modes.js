// The modes of the brush. The table is modes.py; the widget carries it to the page.

export const modeOf = (model, name) => model.get("modes").find((one) => one.name === name);

// The first mode of a gesture: what a button of the mouse or a held key stands for in every mode.
export const modeFor = (model, gesture, erases = false) =>
  model.get("modes").find((one) => one.gesture === gesture && one.erases === erases);

// The mode to paint in when a class is chosen by its key: this one where it paints.
export function paintingMode(model, name) {
  return modeOf(model, name)?.paints ? name : model.get("modes").find((one) => one.paints)?.name;
}
