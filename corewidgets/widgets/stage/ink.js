// The layer over the stage: it draws the stroke under the pointer, moves the view at once, and tells the kernel
// what was done: one message per stroke. The kernel keeps the labels and draws them; what is drawn here only bridges
// the time until the kernel's picture arrives. Positions in the image are (row, column), an integer is the middle
// of a pixel; positions on the canvas are (x, y) in canvas pixels. The arithmetic is viewport.js.
// The page gets one script: ink.py joins the files of the modules that are imported here.

import { Choices } from "./choices.js";
import { Crosshair } from "./crosshair.js";
import { Gestures } from "./gestures.js";
import { Handles } from "./handles.js";
import { Hint } from "./hint.js";
import { Hover } from "./hover.js";
import { Keyboard } from "./keyboard.js";
import { modeFor, modeOf } from "./modes.js";
import { Names } from "./names.js";
import { Outline } from "./outline.js";
import { Page } from "./page.js";
import { Pictures } from "./pictures.js";
import { polygonNotice } from "./polygon.js";
import { Sender } from "./sender.js";
import { Sheets } from "./sheets.js";
import { Swipe } from "./swipe.js";
import { inside } from "./viewport.js";
import { Wire } from "./wire.js";

const HIDDEN_FROM = 8; // css pixels of the brush from which on its ring stands for the pointer

class Layer {
  constructor(model, el) {
    this.model = model;
    this.client = Math.random().toString(36).slice(2, 10);
    this.pointer = null; // last [x, y] over the stage
    this.unit = 1; // canvas pixels for one pixel of this page
    this.undo = []; // what to call when the view of the widget is removed
    this.hint = new Hint();
    this.sender = new Sender(model, this.hint, () => this.pictures.pending);
    this.choices = new Choices(model, this.client, (content) => this.send(content));
    this.pictures = new Pictures(this);
    this.gestures = new Gestures(this);
    this.outline = new Outline(this);
    this.wire = new Wire(this);
    this.keyboard = new Keyboard(this);
    this.swipe = new Swipe(this);
    this.handles = new Handles(this);
    this.hover = new Hover(this);
    this.crosshair = new Crosshair(this);
    this.page = new Page(this, el);
    this.build(el);
    this.listen(el);
    this.follow();
  }

  get view() {
    return this.pictures.view;
  }

  // Where keys and clicks are those of this layer: all of the tool.
  get scope() {
    return (
      this.root.closest(".cw-keys") ??
      this.root.closest(".cw-stage") ??
      this.root.parentElement?.parentElement
    );
  }

  get ratio() {
    return this.model.get("pixel_ratio") || 1;
  }

  send(content, buffers) {
    return this.sender.send(content, buffers);
  }

  build(el) {
    el.classList.add("cw-ink");
    this.root = document.createElement("div");
    this.root.className = "cw-ink-root";
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "application");
    this.root.setAttribute("aria-label", "Photograph of the core: the arrows move a crosshair, Enter clicks");
    this.sheets = new Sheets(this, this.root);
    this.cursor = document.createElement("div");
    this.cursor.className = "cw-ink-cursor";
    this.root.append(this.cursor, this.crosshair.element, this.hint.element);
    el.appendChild(this.root);
    this.resize();
  }

  listen(el) {
    const { root, gestures, keyboard } = this;
    const on = (target, name, handler, options) => {
      target.addEventListener(name, handler, options);
      this.undo.push(() => target.removeEventListener(name, handler, options));
    };
    this.crosshair.listen(on); // before the mouse, which takes it away
    on(root, "pointerdown", (event) => gestures.down(event));
    on(root, "pointermove", (event) => gestures.move(event));
    on(root, "pointerup", (event) => gestures.up(event));
    on(root, "pointercancel", (event) => gestures.cancel(event));
    on(root, "pointerleave", () => gestures.leave());
    on(root, "dblclick", () => {
      if (modeOf(this.model, this.choices.mode)?.gesture === "lasso") gestures.closePolygon();
    });
    on(root, "contextmenu", (event) => {
      // the right button erases: no menu of the page or of JupyterLab
      event.preventDefault();
      event.stopPropagation();
    });
    on(root, "wheel", (event) => gestures.wheel(event), { passive: false });
    on(window, "keydown", (event) => keyboard.down(event), true);
    on(window, "keyup", (event) => keyboard.up(event), true);
    on(window, "blur", () => keyboard.hold(false));
    this.page.watch(() => {
      new Names().watch(el.closest(".jp-Notebook") ?? document.body, this.undo);
      on(this.scope, "click", (event) => this.chosen(() => this.choices.chooseByClick(event.target)));
    });
    const timer = setInterval(() => this.sender.warnWhenWaiting(), 1000);
    this.undo.push(() => clearInterval(timer));
  }

  follow() {
    const on = (name, handler) => {
      this.model.on(name, handler);
      this.undo.push(() => this.model.off(name, handler));
    };
    on("change:drawn", () => this.pictures.announced());
    on("change:canvas_size", () => this.resize());
    for (const name of ["ink_opacity", "ink_color", "brush_size"]) on(`change:${name}`, () => this.look());
    on("change:swipe", () => this.swipe.moved());
    on("change:handles", () => this.handles.changed());
    on("change:proposed", () => this.outline.propose());
    on("change:keeps_edges", () => this.sheets.askOver());
    on("change:chosen", () => this.chosen(() => this.choices.heard()));
    on("change:mode", () => this.chosen(() => {}));
    on("msg:custom", (content, buffers) => {
      if (content.kind === "hovered") this.hover.answered();
      if (content.kind === "outlined") this.outline.answered(content, buffers);
      if (content.kind === "widths") this.outline.widthsCame(content, buffers);
      if (content.kind === "wired") this.wire.answered(content, buffers);
      if (content.kind === "focus") this.focus();
      if (content.kind === "handled") this.handles.changed();
      if (content.kind === "ask") this.handles.ask(content);
      if (content.kind === "no ruler") {
        this.gestures.ruler = null;
        this.sheets.paintOver();
      }
    });
    this.pictures.findCanvases();
    this.outline.propose();
  }

  // Let the keys be those of the core, unless a person is at work elsewhere on the page.
  focus() {
    const active = document.activeElement;
    if (!active || active === document.body || this.scope?.contains(active))
      this.root.focus({ preventScroll: true });
  }

  destroy() {
    for (const step of this.undo) step();
    this.root.remove();
  }

  resize() {
    this.sheets.resize(this.model.get("canvas_size"));
    this.page.fit();
  }

  // The mode that holds now; none while the overview, the swipe line or two fingers are at work.
  mode() {
    if (this.gestures.gesture) return this.gestures.gesture.mode;
    return this.keyboard.space ? modeFor(this.model, "move") : modeOf(this.model, this.choices.mode);
  }

  // Another class or mode, from here or from the kernel. An open polygon stays open.
  chosen(choose) {
    const before = this.choices.mode;
    choose();
    const { polygon } = this.gestures;
    const lasso = modeOf(this.model, this.choices.mode)?.gesture === "lasso";
    const changed = before !== this.choices.mode;
    const notice = changed && polygonNotice(polygon?.corners.length, lasso, polygon?.mode.key);
    if (notice) this.hint.say(notice, 4000);
    this.show();
  }

  show() {
    this.look();
    this.sheets.paint();
  }

  // What the pointer and the ink look like now.
  look() {
    this.crosshair.follow();
    const mode = this.mode();
    const erases = mode?.erases || this.pictures.pending.some((one) => one.erases);
    const opacity = Math.max(this.model.get("ink_opacity"), 0.3); // seen while it is drawn, at least
    this.sheets.ink.style.opacity = erases ? 1 : opacity;
    const size = (this.model.get("brush_size") * this.view.scale) / this.unit;
    const over = this.pointer && inside(this.view, ...this.pointer);
    this.showRing(over && mode?.gesture === "brush" ? Math.max(size, 3) : 0, mode?.erases);
    this.root.style.cursor = this.shape(mode, over, size);
  }

  showRing(edge, erases) {
    this.cursor.style.display = edge ? "block" : "none";
    if (!edge) return;
    const [x, y] = this.pointer.map((value) => value / this.unit - edge / 2);
    this.cursor.style.width = this.cursor.style.height = `${edge}px`;
    this.cursor.style.transform = `translate(${x}px, ${y}px)`;
    this.cursor.classList.toggle("cw-erase", erases);
  }

  shape(mode, over, size) {
    const { gesture } = this.gestures;
    const onLine = !gesture && this.pointer && this.swipe.isAt(this.pointer);
    if (gesture?.kind === "swipe" || onLine) return "ew-resize";
    const onHandle = !gesture && this.pointer && this.handles.under(this.pointer) >= 0;
    if (gesture?.kind === "handle" || onHandle) return "move";
    const onSide = !gesture && over && mode?.gesture === "move" ? this.handles.side(this.pointer) : -1;
    const side = gesture?.kind === "side" ? gesture.number : onSide;
    if (side >= 0) return this.handles.sideCursor(side);
    if (!over) {
      const onStrip = this.pointer && inside(this.model.get("overview"), ...this.pointer);
      return onStrip ? "pointer" : "default";
    }
    if (mode?.gesture === "brush") return size < HIDDEN_FROM ? mode.cursor : "none";
    return gesture?.kind === "move" ? "grabbing" : (mode?.cursor ?? "default");
  }
}

export default {
  render({ model, el }) {
    const layer = new Layer(model, el);
    model.send({ kind: "ready", client: layer.client });
    return () => layer.destroy();
  },
};
