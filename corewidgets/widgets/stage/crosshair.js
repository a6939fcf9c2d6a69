// A crosshair for hands without a mouse: the arrows move it, Enter does what the mouse would do there. It is on the core
// when the Tab key leads there or "." is pressed, and gone when the mouse is used.

import { knownName } from "./keys.js";
import { modeFor, modeOf } from "./modes.js";
import { inside, kept, panned, toCanvas, toImage, zoomed } from "./viewport.js";

const STEP = 4; // css pixels that an arrow moves it, and at least a pixel of the photograph
const FAR = 10; // steps with Shift
const RIM = 12; // css pixels of the view that it keeps away from, where there is more of the core
const NOTCHES = 2; // notches of the wheel that + and - stand for
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HELP =
  "Arrows move the crosshair (Shift: far), Enter clicks (with Shift or Alt too), + and - zoom, . takes it away";
// Of the gestures with a beginning and an end, what to do in between.
const HELD = {
  brush: "Arrows draw, Enter ends the stroke, Esc gives it up",
  line: "Arrows lead the line, Enter ends it, Esc gives it up",
  handle: "Arrows move the corner, Enter puts it there, Esc gives it up",
  side: "Arrows move the side, Enter puts it there, Esc gives it up",
  swipe: "Arrows move the line, Enter leaves it there",
  outline: "+ and - change its reach, Enter keeps the outline, Esc gives it up",
};

// The pixel that lies `n` steps of an arrow from a pixel, on the photograph.
export function stepped(view, [row, column], [right, down], step, n = 1) {
  const pixels = Math.max(Math.round(step / view.scale), 1) * n * view.scale;
  const [x, y] = toCanvas(view, row, column);
  const to = toImage(view, x + right * pixels, y + down * pixels).map(Math.round);
  const within = (value, size) => Math.min(Math.max(value, 0), size - 1) + 0; // no -0
  return [within(to[0], view.n_rows), within(to[1], view.n_columns)];
}

// How far a view is to be moved so that a position lies in it, not nearer to its sides than `rim`.
export function brought(view, [x, y], rim) {
  const into = (at, from, size) => Math.min(Math.max(at, from + rim), from + size - rim) - at;
  return [into(x, view.left, view.width), into(y, view.top, view.height)];
}

export class Crosshair {
  constructor(layer) {
    this.layer = layer;
    this.place = null; // row and column of a pixel, while it is shown
    this.tabbed = false; // whether the Tab key moves the focus just now
    this.element = document.createElement("div");
    this.element.className = "cw-ink-crosshair";
  }

  get at() {
    return toCanvas(this.layer.view, ...this.place);
  }

  // Whether keys are its own: not while they move a corner or answer a proposal, or Space is held to move the core.
  get hears() {
    const { model, outline, keyboard } = this.layer;
    const taken = outline.proposed || model.get("handles").active >= 0;
    return this.place !== null && !taken && !keyboard.space;
  }

  listen(on) {
    const { root } = this.layer;
    const tab = (event) => {
      if (event.key !== "Tab") return;
      this.tabbed = true;
      setTimeout(() => {
        this.tabbed = false;
      });
    };
    on(window, "keydown", tab, true);
    on(root, "focus", () => this.tabbed && this.show());
    on(root, "blur", () => this.hide());
    on(root, "pointerdown", () => this.hide());
  }

  show() {
    const { view, hint } = this.layer;
    this.place = [view.row, view.column].map(Math.round);
    const key = this.rulerKey();
    hint.say(key ? `${HELP}, ${key.toUpperCase()} begins and ends a ruler` : HELP, 5000);
    this.tell();
  }

  hide() {
    if (this.place === null) return;
    const { gestures } = this.layer;
    this.place = null;
    if (gestures.gesture?.id === "keys") gestures.giveUp();
    gestures.leave();
  }

  // Bring the mark to where its pixel is now. A view that was moved away from it takes it along.
  follow() {
    const { layer, element } = this;
    element.style.display = this.place ? "block" : "none";
    if (!this.place) return;
    const { view, unit } = layer;
    if (!inside(view, ...this.at)) this.place = [view.row, view.column].map(Math.round);
    layer.pointer = this.at;
    const [x, y] = this.at.map((value) => value / unit);
    element.style.transform = `translate(${x}px, ${y}px)`;
    element.classList.toggle("cw-held", layer.gestures.gesture?.id === "keys");
  }

  // What a key does, and whether it does anything.
  press(event) {
    if (event.key === "." && !event.ctrlKey && !event.metaKey && !event.altKey) return this.toggle();
    if (!this.hears || event.target !== this.layer.root || event.ctrlKey || event.metaKey) return false;
    if (ARROWS[event.key] && !event.altKey) return this.move(ARROWS[event.key], event.shiftKey ? FAR : 1);
    if (event.key === "Enter") return event.repeat || this.click(event);
    if (this.rules(event)) return event.repeat || this.measure();
    if (["+", "=", "-"].includes(event.key)) return this.zoom(event.key === "-" ? -1 : 1);
    return false;
  }

  toggle() {
    if (this.place) this.hide();
    else {
      this.layer.root.focus({ preventScroll: true });
      this.show();
    }
    this.layer.look();
    return true;
  }

  move(way, n) {
    const { layer } = this;
    this.place = stepped(layer.view, this.place, way, STEP * layer.unit, n);
    const [dx, dy] = brought(layer.view, this.at, RIM * layer.unit);
    if (dx || dy) layer.pictures.change(kept(panned(layer.view, dx, dy)));
    this.tell();
    return true;
  }

  zoom(direction) {
    const { view, gestures, outline, pictures } = this.layer;
    if (gestures.gesture?.outline) outline.turn(gestures.gesture, -0.1 * NOTCHES * direction);
    else pictures.change(zoomed(view, 1.25 ** direction, ...this.at));
    return true;
  }

  // Enter: a press and its release at once, or the one, and with the next Enter the other. Shift and Alt mean what they
  // mean with the mouse; with Shift, only an outline is left open: a straight line of the brush is whole.
  click({ altKey, shiftKey }) {
    const { gestures, hint } = this.layer;
    if (this.closes()) return shiftKey; // and nothing else does anything with it
    const as = this.event({ altKey, shiftKey });
    if (gestures.gesture?.id === "keys") gestures.up(as);
    else {
      gestures.down(as);
      const kind = gestures.gesture?.kind;
      const help = HELD[kind];
      if (help && (!shiftKey || kind === "outline")) hint.say(help, 4000);
      else gestures.up(as);
    }
    this.layer.look();
    return true;
  }

  // The key of the ruler where the core is only moved: there Shift and a drag measure it. A tool may have the key for
  // something else.
  rulerKey() {
    const { model, choices } = this.layer;
    const key = modeOf(model, choices.mode)?.gesture === "move" && modeFor(model, "line")?.key;
    return key && !model.get("key_names").includes(key) ? key : null;
  }

  rules(event) {
    const key = this.rulerKey();
    return key !== null && !event.altKey && !event.shiftKey && knownName(event, [key]) === key;
  }

  // Begin a line here, or end what was begun.
  measure() {
    const { gestures, model, hint } = this.layer;
    if (gestures.gesture?.id === "keys") gestures.up(this.event());
    else if (!gestures.gesture) {
      gestures.begin(modeFor(model, "line"), this.event(), this.at);
      hint.say(HELD.line, 4000);
    }
    this.layer.look();
    return true;
  }

  // Whether the last corner of an open polygon is here already: then Enter closes it.
  closes() {
    const last = this.layer.gestures.polygon?.corners.at(-1);
    return last && Math.hypot(last[0] - this.place[0], last[1] - this.place[1]) < 0.5;
  }

  tell() {
    this.follow();
    this.layer.gestures.move(this.event());
  }

  // What the mouse would send from here.
  event(keys = {}) {
    const held = { altKey: false, shiftKey: false, ctrlKey: false, metaKey: false, ...keys };
    return { at: this.at, pointerId: "keys", pointerType: "keys", button: 0, preventDefault() {}, ...held };
  }
}
