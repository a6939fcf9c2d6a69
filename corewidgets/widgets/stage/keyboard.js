// Keys, while the focus is in the tool. JupyterLab's own keys are one letter too (x cuts a cell): none of them may be
// heard then. Keys with Ctrl that the tool does not use stay JupyterLab's.

import { knownName } from "./keys.js";
import { modeOf } from "./modes.js";
import { polygonKey } from "./polygon.js";

const TEXT_FIELDS =
  "textarea, select, [contenteditable=true], input:not([type=color]):not([type=range]):not([type=checkbox])";
const PRESSED = "button, input, summary, a";

export class Keyboard {
  constructor(layer) {
    this.layer = layer;
    this.space = false; // held
  }

  down(event) {
    const { layer } = this;
    const target = event.target;
    if (!layer.scope || !(target instanceof Element) || !layer.scope.contains(target)) return;
    if (target.closest(TEXT_FIELDS)) return;
    const known = layer.model.get("key_names");
    const name = knownName(event, known);
    const ours = known.includes(name);
    const bare =
      !event.ctrlKey && !event.metaKey && !event.altKey && !(event.shiftKey && event.key === "Enter");
    target.toggleAttribute("data-lm-suppress-shortcuts", ours || bare);
    if (target.closest(".noUi-handle") && event.key.startsWith("Arrow")) return;
    const presses = event.key === "Enter" || (event.key === " " && !layer.pointer); // over the core, Space moves it
    if (target.closest(PRESSED) && presses) return;
    const handled = this.handle(event, name);
    if (!handled && !ours) return;
    event.preventDefault();
    event.stopPropagation();
    if (handled) return;
    layer.send({ kind: "key", key: name });
    layer.chosen(() => layer.choices.chooseByKey(name));
  }

  // Do what a key does on the page, without the kernel; return whether it does anything.
  handle(event, name) {
    const { gestures, choices, model, crosshair } = this.layer;
    if (crosshair.press(event)) return true;
    if (event.key === " ") {
      this.hold(true);
      return true;
    }
    const { lasso: drawn, stroke, outline, ruler } = gestures.gesture ?? {};
    if (event.key === "Escape" && (drawn || stroke || outline || ruler || gestures.ruler)) {
      gestures.giveUp(); // an open polygon is as before
      return true;
    }
    if (event.key === "Escape" && gestures.gesture?.kind === "handle") {
      gestures.giveUp();
      return true;
    }
    const lasso = modeOf(model, choices.mode)?.gesture === "lasso";
    const act = polygonKey(name, gestures.polygon?.corners.length, lasso);
    if (act) gestures.changePolygon(act);
    return act !== null;
  }

  up(event) {
    if (event.key === " " && this.space) this.hold(false);
  }

  hold(space) {
    this.space = space;
    this.layer.look();
  }
}
