// The layer over the stage: it draws the stroke under the pointer, moves the view at once, and tells the kernel
// what was done: one message a stroke. The kernel keeps the labels and draws them; what is drawn here only bridges
// the time until the kernel's picture arrives. Positions in the image are (row, column), an integer is the middle
// of a pixel; positions on the canvas are (x, y) in canvas pixels. The arithmetic is viewport.js.
// The page gets one script: ink.py joins the files of the modules that are imported here.

import { Choices } from "./choices.js";
import { isLost, noticeOf, stateOf } from "./kernel.js";
import { knownName } from "./keys.js";
import { polygonKey, polygonNotice } from "./polygon.js";
import {
  inside,
  kept,
  middle,
  panned,
  sameView,
  toCanvas,
  toImage,
  turnedAcross,
  zoomed,
} from "./viewport.js";

const CLICK_DISTANCE = 4; // css pixels a click may wander
const HOVER_INTERVAL = 40; // ms
const TEXT_FIELDS =
  "textarea, select, [contenteditable=true], input:not([type=color]):not([type=range]):not([type=checkbox])";
const SWIPE_REACH = 7; // css pixels beside the swipe line that still take hold of it
const PATIENCE = 3000; // ms until an answer of the kernel is no longer waited for

// ---------------------------------------------------------------------------------------------- the layer

class Layer {
  constructor(model, el) {
    this.model = model;
    this.client = Math.random().toString(36).slice(2, 10);
    this.choices = new Choices(model, this.client, (content) => this.send(content));
    this.view = model.get("view"); // what the person wants to see
    this.shown = this.view; // what the kernel's picture shows
    this.frames = new Map();
    this.pending = []; // strokes that the kernel's picture does not show yet
    this.n_strokes = 0;
    this.gesture = null;
    this.polygon = null; // [[row, column], ...] while its corners are set by clicks
    this.pointers = new Map();
    this.space = false;
    this.last = null; // end of the last stroke, for straight lines with Shift
    this.pointer = null; // last [x, y] over the stage
    this.viewSentAt = 0;
    this.hoverSentAt = 0;
    this.hoverWaits = false;
    this.swipe = null; // where the swipe line is wanted, until the kernel has it there
    this.swipeSentAt = 0;
    this.undo = []; // what to call when the view of the widget is removed
    this.build(el);
    this.follow();
  }

  build(el) {
    el.classList.add("cw-ink");
    this.root = document.createElement("div");
    this.root.className = "cw-ink-root";
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "application");
    this.root.setAttribute("aria-label", "Photograph of the core: draw here");
    const canvas = (name) => {
      const made = document.createElement("canvas");
      made.className = name;
      this.root.appendChild(made);
      return made;
    };
    this.under = canvas("cw-ink-under"); // the moved picture, while the kernel makes a new one
    this.ink = canvas("cw-ink-strokes");
    this.over = canvas("cw-ink-outline"); // polygon
    this.cursor = document.createElement("div");
    this.cursor.className = "cw-ink-cursor";
    this.hint = document.createElement("div");
    this.hint.className = "cw-ink-hint";
    this.root.append(this.cursor, this.hint);
    el.appendChild(this.root);
    this.el = el;
    this.resize();

    const on = (target, name, handler, options) => {
      const bound = handler.bind(this);
      target.addEventListener(name, bound, options);
      this.undo.push(() => target.removeEventListener(name, bound, options));
    };
    on(this.root, "pointerdown", this.down);
    on(this.root, "pointermove", this.move);
    on(this.root, "pointerup", this.up);
    on(this.root, "pointercancel", this.cancel);
    on(this.root, "pointerleave", this.leave);
    on(this.root, "dblclick", () => {
      if (this.choices.mode === "polygon") this.finishPolygon();
    });
    on(this.root, "contextmenu", (event) => {
      // the right button erases: no menu of the page or of JupyterLab
      event.preventDefault();
      event.stopPropagation();
    });
    on(this.root, "wheel", this.wheel, { passive: false });
    on(window, "keydown", this.keydown, true);
    on(window, "keyup", this.keyup, true);
    on(window, "blur", () => {
      this.space = false;
      this.look();
    });

    const observer = new ResizeObserver(() => {
      clearTimeout(this.measureTimer);
      this.measureTimer = setTimeout(() => this.measure(), this.page ? 120 : 0);
    });
    observer.observe(el);
    this.undo.push(() => observer.disconnect());
    const attach = () => {
      if (!el.isConnected || !el.parentElement) return requestAnimationFrame(attach);
      observer.observe(el.parentElement);
      this.scope = el.closest(".cw-keys") ?? el.closest(".cw-stage") ?? el.parentElement;
      on(this.scope, "click", (event) => this.chosen(() => this.choices.chooseByClick(event.target)));
      this.measure();
    };
    attach();
    const themes = new MutationObserver(() => this.measure());
    themes.observe(document.body, {
      attributes: true,
      attributeFilter: ["data-jp-theme-name", "data-jp-theme-light"],
    });
    this.undo.push(() => themes.disconnect());
    const timer = setInterval(() => this.warnWhenWaiting(), 1000);
    this.undo.push(() => clearInterval(timer));
  }

  follow() {
    const on = (name, handler) => {
      const bound = handler.bind(this);
      this.model.on(name, bound);
      this.undo.push(() => this.model.off(name, bound));
    };
    on("change:drawn", this.announced);
    on("change:canvas_size", this.resize);
    on("change:ink_opacity", this.look);
    on("change:ink_color", this.look);
    on("change:brush_size", this.look);
    on("change:swipe", this.swiped);
    on("change:chosen", () => this.chosen(() => this.choices.heard()));
    on("change:mode", () => this.chosen(() => {}));
    on("msg:custom", (content) => {
      if (content.kind === "hovered") this.hoverWaits = false;
    });
    this.findCanvases();
  }

  // The layers of the MultiCanvas: to move the picture at once, and to know when a new one is there. Where they
  // cannot be reached, a picture counts as shown two frames after it was announced.
  async findCanvases() {
    try {
      const id = this.model.get("canvas").replace("IPY_MODEL_", "");
      const multi = await this.model.widget_manager.get_model(id);
      this.multi = multi; // as long as the kernel is the one that made it, it is live
      const layers = multi.get("_canvases");
      if (!layers.every((layer) => layer.canvas && layer.ctx)) throw new Error("no canvases");
      const top = layers[layers.length - 1];
      const shown = () => this.arrived(Math.round(top.ctx.lineDashOffset));
      top.on("new-frame", shown);
      this.undo.push(() => top.off("new-frame", shown));
      this.layers = layers;
    } catch (error) {
      console.warn("corewidgets: the stage's canvases cannot be reached", error);
      this.layers = null;
    }
  }

  destroy() {
    for (const step of this.undo) step();
    this.root.remove();
  }

  // -------------------------------------------------------------------------------- size and looks

  get ratio() {
    return this.model.get("pixel_ratio") || 1;
  }

  resize() {
    const [width, height] = this.model.get("canvas_size");
    for (const canvas of [this.under, this.ink, this.over]) {
      canvas.width = width;
      canvas.height = height;
    }
    this.fit();
  }

  // The canvas is as wide as the page says, or less where this view of the widget is narrower than another one.
  fit() {
    const [width, height] = this.model.get("canvas_size");
    const room = this.el.parentElement?.clientWidth || Infinity;
    const shown = Math.min(width / this.ratio, room);
    this.unit = width / shown; // canvas pixels for one pixel of this page
    this.root.style.width = `${shown}px`;
    this.root.style.height = `${height / this.unit}px`;
    this.look();
    this.paint();
  }

  measure() {
    if (!this.el.isConnected || !this.el.parentElement) return;
    // The canvas below would take the focus and keep it: it hears the Tab key as any other.
    for (const canvas of this.el.parentElement.querySelectorAll("canvas[tabindex], [tabindex] > canvas")) {
      (canvas.hasAttribute("tabindex") ? canvas : canvas.parentElement).tabIndex = -1;
    }
    const width = Math.floor(this.el.parentElement.clientWidth);
    if (width < 50) return; // hidden
    this.fit();
    const style = getComputedStyle(this.el.parentElement);
    const color = (name) => style.getPropertyValue(name).trim();
    const colors = {
      band: color("--jp-layout-color2"),
      text: color("--jp-ui-font-color1"),
      line: color("--jp-ui-font-color2"),
      ground: color("--jp-layout-color3"),
    };
    const page = { width, ratio: Math.min(window.devicePixelRatio || 1, 2), colors };
    const text = JSON.stringify(page);
    if (text === this.page) return;
    this.page = text;
    this.send({ kind: "page", ...page });
  }

  mode() {
    return this.gesture?.mode ?? (this.space ? "pan" : this.choices.mode);
  }

  // Another class or mode, from here or from the kernel. An open polygon stays open.
  chosen(choose) {
    const before = this.choices.mode;
    choose();
    const notice = before === this.choices.mode ? "" : polygonNotice(this.polygon?.length, this.choices.mode);
    if (notice) this.say(notice, 4000);
    this.look();
    this.paint();
  }

  look() {
    const mode = this.mode();
    const opacity = Math.max(this.model.get("ink_opacity"), 0.3); // seen while it is drawn, at least
    this.ink.style.opacity =
      mode === "erase" || this.pending.some((one) => one.mode === "erase") ? 1 : opacity;
    const size = (this.model.get("brush_size") * this.view.scale) / this.unit;
    const over = this.pointer && inside(this.view, ...this.pointer);
    const ring = over && (mode === "paint" || mode === "erase");
    this.cursor.style.display = ring ? "block" : "none";
    if (ring) {
      const edge = Math.max(size, 3);
      this.cursor.style.width = this.cursor.style.height = `${edge}px`;
      this.cursor.style.transform = `translate(${this.pointer[0] / this.unit - edge / 2}px, ${this.pointer[1] / this.unit - edge / 2}px)`;
      this.cursor.classList.toggle("cw-erase", mode === "erase");
    }
    const shapes = {
      paint: size < 8 ? "crosshair" : "none",
      erase: size < 8 ? "crosshair" : "none",
      polygon: "crosshair",
      fill: "cell",
      pick: "crosshair",
      pan: this.gesture?.mode === "pan" ? "grabbing" : "grab",
    };
    const holds =
      this.gesture?.mode === "swipe" || (!this.gesture && this.pointer && this.onSwipe(this.pointer));
    this.root.style.cursor = holds
      ? "ew-resize"
      : over
        ? (shapes[mode] ?? "default")
        : this.pointer && inside(this.model.get("overview"), ...this.pointer)
          ? "pointer"
          : "default";
  }

  // Where the kernel was restarted, this picture belongs to nobody any more.
  send(content, buffers) {
    const state = this.kernelState();
    try {
      if (isLost(state)) throw new Error("nobody takes it");
      this.model.send(content, undefined, buffers);
      return true;
    } catch {
      const n = this.pending.length + (content.kind === "stroke" ? 1 : 0);
      if (content.kind !== "hover") this.say(noticeOf(isLost(state) ? state : "restarted", "", n), 6000);
      return false;
    }
  }

  get kernel() {
    return this.model.widget_manager?.kernel;
  }

  kernelState() {
    return stateOf(this.kernel, this.multi?.comm_live ?? true);
  }

  say(text, ms = 1800) {
    this.hint.textContent = text;
    this.hint.classList.add("cw-shown");
    clearTimeout(this.hintTimer);
    this.hintTimer = setTimeout(() => this.hint.classList.remove("cw-shown"), ms);
  }

  // Said again and again for as long as it holds.
  warnWhenWaiting() {
    const state = this.kernelState();
    const old = this.pending[0];
    const waits = old && performance.now() - old.sentAt > 2000;
    if (state === "alive" && !waits) return;
    const notice = noticeOf(state, this.kernel?.status, this.pending.length);
    if (notice) this.say(notice, 1500);
  }

  // -------------------------------------------------------------------------------- the kernel's pictures

  announced() {
    const drawn = this.model.get("drawn");
    this.frames.set(drawn.frame, drawn);
    if (!this.layers) requestAnimationFrame(() => requestAnimationFrame(() => this.arrived(drawn.frame)));
  }

  arrived(number) {
    const last = this.model.get("drawn");
    const drawn = this.frames.get(number) ?? (last.frame === number ? last : null);
    if (!drawn || number === this.arrivedNumber) return; // a picture is announced by each of its layers
    this.arrivedNumber = number;
    for (const older of [...this.frames.keys()]) if (older <= number) this.frames.delete(older);
    const box = (view) => `${view.left} ${view.top} ${view.width} ${view.height} ${view.rotation}`;
    const moved = this.wanted || this.gesture?.mode === "pan" || this.gesture?.mode === "pinch";
    this.shown = drawn.view;
    if (!moved || box(drawn.view) !== box(this.view)) this.view = drawn.view;
    this.pending = this.pending.filter((stroke) => stroke.id > (drawn.strokes[this.client] ?? -1));
    this.viewSentAt = 0;
    this.sendView();
    this.look();
    this.paint();
  }

  sendView() {
    if (!this.wanted || performance.now() - this.viewSentAt < PATIENCE) return;
    this.wanted = false;
    this.viewSentAt = performance.now();
    const { scale, unit, row, column } = this.view;
    this.send({ kind: "view", scale, unit, row, column });
  }

  change(view) {
    if (sameView(view, this.view)) return;
    this.view = view;
    this.wanted = true;
    this.sendView();
    this.look();
    this.paint();
  }

  // -------------------------------------------------------------------------------- drawing

  paint() {
    this.paintUnder();
    const ctx = this.ink.getContext("2d");
    ctx.clearRect(0, 0, this.ink.width, this.ink.height);
    for (const stroke of this.pending) this.drawStroke(ctx, stroke);
    if (this.gesture?.stroke) this.drawStroke(ctx, this.gesture.stroke);
    this.paintOver();
  }

  paintUnder() {
    const ctx = this.under.getContext("2d");
    ctx.clearRect(0, 0, this.under.width, this.under.height);
    const { view, shown } = this;
    if (!this.layers || sameView(view, shown) || view.rotation !== shown.rotation) return;
    ctx.save();
    ctx.beginPath();
    ctx.rect(view.left, view.top, view.width, view.height);
    ctx.clip();
    ctx.fillStyle = this.model.get("ground");
    ctx.fillRect(view.left, view.top, view.width, view.height);
    const factor = view.scale / shown.scale;
    const [x, y] = toCanvas(view, shown.row, shown.column);
    const [mx, my] = middle(shown);
    ctx.imageSmoothingEnabled = view.scale < 2;
    ctx.translate(x - mx * factor, y - my * factor);
    ctx.scale(factor, factor);
    const { left, top, width, height } = shown;
    for (const layer of this.layers.slice(0, -1)) {
      ctx.drawImage(layer.canvas, left, top, width, height, left, top, width, height);
    }
    ctx.restore();
  }

  style(ctx, stroke) {
    ctx.lineCap = ctx.lineJoin = "round";
    ctx.lineWidth = Math.max(stroke.size * this.view.scale, 1);
    ctx.strokeStyle = ctx.fillStyle = stroke.mode === "erase" ? this.eraser(ctx) : stroke.color;
  }

  // To erase before the kernel does is to draw the picture without the labels over them.
  eraser(ctx) {
    if (!this.layers || !sameView(this.view, this.shown)) return "rgba(255, 255, 255, 0.5)";
    if (!this.bare) this.bare = document.createElement("canvas");
    if (!this.gesture?.bare) {
      const [width, height] = this.model.get("canvas_size");
      this.bare.width = width;
      this.bare.height = height;
      const bare = this.bare.getContext("2d");
      for (const layer of this.layers.slice(0, 2)) bare.drawImage(layer.canvas, 0, 0);
      if (this.gesture) this.gesture.bare = true;
    }
    return ctx.createPattern(this.bare, "no-repeat");
  }

  drawStroke(ctx, stroke, from = 0) {
    ctx.save();
    ctx.beginPath();
    ctx.rect(this.view.left, this.view.top, this.view.width, this.view.height);
    ctx.clip();
    this.style(ctx, stroke);
    const points = stroke.points
      .slice(Math.max(from - 1, 0))
      .map(([row, column]) => toCanvas(this.view, row, column));
    ctx.beginPath();
    if (stroke.mode === "polygon") {
      for (const [x, y] of points) ctx.lineTo(x, y);
      ctx.fill();
    } else if (stroke.mode !== "fill") {
      const [x, y] = points[0];
      ctx.moveTo(x, y);
      if (points.length === 1) ctx.lineTo(x, y + 0.01);
      for (const [px, py] of points.slice(1)) ctx.lineTo(px, py);
      ctx.stroke();
    }
    ctx.restore();
  }

  paintOver() {
    const ctx = this.over.getContext("2d");
    ctx.clearRect(0, 0, this.over.width, this.over.height);
    const lasso = this.gesture?.lasso ?? this.polygon;
    if (!lasso) return;
    const points = lasso.map(([row, column]) => toCanvas(this.view, row, column));
    if (this.polygon && !this.gesture && this.pointer && this.mode() === "polygon") points.push(this.pointer);
    ctx.save();
    ctx.beginPath();
    ctx.rect(this.view.left, this.view.top, this.view.width, this.view.height);
    ctx.clip();
    ctx.beginPath();
    for (const [x, y] of points) ctx.lineTo(x, y);
    ctx.globalAlpha = 0.35;
    ctx.fillStyle = this.choices.color;
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.lineJoin = "round";
    for (const [color, width] of [
      ["rgba(0, 0, 0, 0.7)", 3],
      ["white", 1.2],
    ]) {
      ctx.strokeStyle = color;
      ctx.lineWidth = width * this.unit;
      ctx.stroke();
    }
    if (this.polygon) {
      ctx.fillStyle = "white";
      ctx.strokeStyle = "rgba(0, 0, 0, 0.8)";
      ctx.lineWidth = this.ratio;
      points.slice(0, this.polygon.length).forEach(([x, y], i) => {
        ctx.beginPath();
        ctx.arc(x, y, (i === 0 ? 5 : 3) * this.unit, 0, 2 * Math.PI);
        ctx.fill();
        ctx.stroke();
      });
    }
    ctx.restore();
  }

  // -------------------------------------------------------------------------------- pointers

  at(event) {
    const box = this.root.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * this.over.width) / box.width,
      ((event.clientY - box.top) * this.over.height) / box.height,
    ];
  }

  meant(event) {
    if (this.space || event.button === 1) return "pan";
    const mode = this.choices.mode;
    const draws = ["paint", "erase", "polygon", "fill"].includes(mode);
    if (draws && (event.button === 2 || event.button === 5)) return "erase";
    if (draws && event.altKey) return "pick";
    return event.button === 0 ? mode : null;
  }

  down(event) {
    const at = this.at(event);
    this.pointer = at;
    this.root.focus({ preventScroll: true });
    if (event.pointerType === "touch") {
      this.pointers.set(event.pointerId, at);
      if (this.pointers.size === 2) return this.beginPinch();
    }
    if (this.gesture) return;
    const mode = this.meant(event);
    event.preventDefault();
    const strip = this.model.get("overview");
    if (inside(strip, ...at)) {
      this.gesture = { mode: "overview", id: event.pointerId };
      this.lookThere(at);
    } else if (event.button === 0 && this.onSwipe(at)) {
      this.gesture = { mode: "swipe", id: event.pointerId, from: at };
    } else if (mode && inside(this.view, ...at)) {
      this.begin(mode, event, at);
    }
    if (this.gesture) this.root.setPointerCapture(event.pointerId);
    this.look();
  }

  begin(mode, event, at) {
    const point = toImage(this.view, ...at);
    this.gesture = { mode, id: event.pointerId, from: at, last: at, clicked: true };
    if (mode === "paint" || mode === "erase") {
      const straight = event.shiftKey && this.last;
      this.gesture.stroke = {
        mode,
        size: this.model.get("brush_size"),
        color: this.choices.color,
        code: this.choices.code,
        points: straight ? [this.last, point] : [point],
      };
      this.look();
      this.drawStroke(this.ink.getContext("2d"), this.gesture.stroke);
    } else if (mode === "polygon") {
      this.gesture.lasso = this.polygon ? [...this.polygon, point] : [point];
    }
  }

  move(event) {
    const at = this.at(event);
    this.pointer = at;
    if (this.pointers.has(event.pointerId)) this.pointers.set(event.pointerId, at);
    const gesture = this.gesture;
    if (gesture?.mode === "pinch") this.pinch();
    else if (gesture && gesture.id === event.pointerId) this.drag(gesture, event, at);
    else if (this.polygon) this.paintOver();
    this.look();
    this.hover(at);
  }

  drag(gesture, event, at) {
    const distance = Math.hypot(at[0] - gesture.from[0], at[1] - gesture.from[1]) / this.unit;
    if (distance > CLICK_DISTANCE) gesture.clicked = false;
    if (gesture.mode === "overview") return this.lookThere(at);
    if (gesture.mode === "swipe") return this.swipeTo(at);
    if (gesture.mode === "pan" || gesture.mode === "pick") {
      if (gesture.clicked) return;
      this.change(panned(this.view, at[0] - gesture.last[0], at[1] - gesture.last[1]));
      gesture.last = at;
      return;
    }
    const path = gesture.stroke?.points ?? gesture.lasso;
    if (!path || (gesture.lasso && gesture.clicked)) return;
    const had = path.length;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) {
      const point = toImage(this.view, ...this.at(each));
      const end = path[path.length - 1];
      if (Math.hypot(point[0] - end[0], point[1] - end[1]) * this.view.scale >= 0.5) path.push(point);
    }
    if (gesture.stroke && path.length > had) this.drawStroke(this.ink.getContext("2d"), gesture.stroke, had);
    if (gesture.lasso) this.paintOver();
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    const gesture = this.gesture;
    if (!gesture || (gesture.id !== event.pointerId && gesture.mode !== "pinch")) return;
    this.gesture = null;
    const point = toImage(this.view, ...this.at(event));
    if (!this.wanted && !this.viewSentAt && !sameView(this.view, this.shown)) {
      this.view = this.shown;
      this.paint();
    }
    if (gesture.stroke) this.finish(gesture.stroke);
    else if (gesture.lasso) this.endLasso(gesture);
    else if (gesture.clicked && gesture.mode === "fill") {
      this.finish({ mode: "fill", size: 0, color: "", points: [point] });
    } else if (gesture.clicked && (gesture.mode === "pick" || gesture.mode === this.choices.mode)) {
      this.send({ kind: "pixel", row: point[0], column: point[1], mode: gesture.mode });
      if (gesture.mode === "pick") this.choices.choose({ code: 0 });
    }
    this.look();
  }

  cancel(event) {
    // the browser took the pointer away: nothing was done
    this.pointers.delete(event.pointerId);
    this.gesture = null;
    this.paint();
  }

  leave() {
    if (this.gesture) return;
    this.pointer = null;
    this.look();
    this.paintOver();
    this.hoverSentAt = performance.now();
    this.send({ kind: "hover", row: null, column: null });
  }

  endLasso(gesture) {
    if (!gesture.clicked && gesture.lasso.length > 2 && !this.polygon) {
      this.finish({ mode: "polygon", size: 0, color: this.choices.color, points: gesture.lasso });
    } else {
      const [x, y] = gesture.from;
      const first = toCanvas(this.view, ...gesture.lasso[0]);
      const closes = this.polygon?.length > 2 && Math.hypot(x - first[0], y - first[1]) < 9 * this.unit;
      if (closes) return this.finishPolygon();
      this.polygon = gesture.lasso;
      if (this.polygon.length === 1)
        this.say("Click more corners; double-click or Enter closes, Esc gives up", 2600);
    }
    this.paintOver();
  }

  finishPolygon() {
    const corners = this.polygon;
    this.polygon = null;
    if (corners?.length > 2) {
      this.finish({ mode: "polygon", size: 0, color: this.choices.color, points: corners });
    }
    this.paintOver();
  }

  finish(stroke) {
    stroke.id = this.n_strokes++;
    stroke.sentAt = performance.now();
    if (stroke.size) this.last = stroke.points[stroke.points.length - 1];
    const points = new Float32Array(stroke.points.flat());
    const { id, mode, size } = stroke;
    const code = stroke.code ?? this.choices.code;
    const sent = this.send({ kind: "stroke", client: this.client, id, mode, size, code }, [points.buffer]);
    if (sent) this.pending.push(stroke); // ink that nobody will keep is not left on the screen
    this.paint();
  }

  lookThere(at) {
    const strip = this.model.get("overview");
    const [row, column] = toImage(strip, ...at);
    this.change(kept({ ...this.view, row, column }));
  }

  onSwipe(at) {
    const share = this.model.get("swipe");
    const line = this.view.left + share * this.view.width;
    return share > 0 && inside(this.view, ...at) && Math.abs(at[0] - line) <= SWIPE_REACH * this.unit;
  }

  // One message at a time: the next one goes when the kernel has drawn the one before.
  swipeTo(at) {
    this.swipe = Math.min(Math.max((at[0] - this.view.left) / this.view.width, 0.01), 0.99);
    const waits = this.swipeSentAt && performance.now() - this.swipeSentAt < PATIENCE;
    if (!waits) this.sendSwipe();
  }

  sendSwipe() {
    this.swipeSentAt = performance.now();
    this.send({ kind: "swipe", share: this.swipe });
  }

  swiped() {
    this.swipeSentAt = 0;
    if (this.swipe !== null && this.swipe !== this.model.get("swipe")) this.sendSwipe();
    else this.swipe = null;
    this.look();
  }

  beginPinch() {
    this.gesture = { mode: "pinch", before: [...this.pointers.values()] };
    this.paint();
  }

  pinch() {
    const now = [...this.pointers.values()];
    if (now.length < 2) return;
    const [a, b] = this.gesture.before;
    const [c, d] = now;
    const length = (p, q) => Math.max(Math.hypot(p[0] - q[0], p[1] - q[1]), 1);
    const x = (c[0] + d[0]) / 2;
    const y = (c[1] + d[1]) / 2;
    const moved = panned(this.view, x - (a[0] + b[0]) / 2, y - (a[1] + b[1]) / 2);
    this.change(zoomed(moved, length(c, d) / length(a, b), x, y));
    this.gesture.before = now;
  }

  wheel(event) {
    const active = this.scope?.contains(document.activeElement);
    if (!active && !event.ctrlKey) {
      this.say("Click the core first, or hold Ctrl, to zoom with the wheel");
      return;
    }
    event.preventDefault();
    const at = this.at(event);
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    if (event.shiftKey) {
      const step = -(event.deltaY || event.deltaX) * unit * this.unit;
      const across = this.view.height >= this.view.n_rows * this.view.scale !== turnedAcross(this.view);
      return this.change(
        across || turnedAcross(this.view) ? panned(this.view, step, 0) : panned(this.view, 0, step),
      );
    }
    this.change(zoomed(this.view, Math.exp(-event.deltaY * unit * 0.0016), ...at));
  }

  hover(at) {
    if (this.hoverTimer || !inside(this.view, ...at)) return;
    const since = performance.now() - this.hoverSentAt;
    const busy = this.hoverWaits && since < PATIENCE;
    this.hoverTimer = setTimeout(
      () => {
        this.hoverTimer = null;
        if (!this.pointer || !inside(this.view, ...this.pointer)) return;
        if (this.hoverWaits && performance.now() - this.hoverSentAt < PATIENCE)
          return this.hover(this.pointer);
        this.hoverWaits = true;
        this.hoverSentAt = performance.now();
        const [row, column] = toImage(this.view, ...this.pointer);
        this.send({ kind: "hover", row, column });
      },
      busy ? HOVER_INTERVAL : Math.max(HOVER_INTERVAL - since, 0),
    );
  }

  // -------------------------------------------------------------------------------- keys

  // JupyterLab's own keys are one letter too (x cuts a cell): while the focus is in the tool, none of them may
  // be heard. Keys with Ctrl that the tool does not use stay JupyterLab's.
  keydown(event) {
    const target = event.target;
    if (!this.scope || !(target instanceof Element) || !this.scope.contains(target)) return;
    if (target.closest(TEXT_FIELDS)) return;
    const known = this.model.get("key_names");
    const name = knownName(event, known);
    const ours = known.includes(name);
    const bare =
      !event.ctrlKey && !event.metaKey && !event.altKey && !(event.shiftKey && event.key === "Enter");
    target.toggleAttribute("data-lm-suppress-shortcuts", ours || bare);
    if (target.closest(".noUi-handle") && event.key.startsWith("Arrow")) return;
    const presses = event.key === "Enter" || (event.key === " " && !this.pointer); // over the core, Space moves it
    const onButton = target.closest("button") && presses;
    if (onButton || !(this.localKey(event, name) || ours)) return;
    event.preventDefault();
    event.stopPropagation();
    if (!ours || this.handledHere) return;
    this.send({ kind: "key", key: name });
    this.chosen(() => this.choices.chooseByKey(name));
  }

  localKey(event, name) {
    this.handledHere = true;
    if (event.key === " ") {
      this.space = true;
      this.look();
      return true;
    }
    if (name === "Escape" && (this.gesture?.lasso || this.gesture?.stroke)) {
      this.gesture = null; // an open polygon is as before
      this.paint();
      return true;
    }
    const act = polygonKey(name, this.polygon?.length, this.choices.mode);
    if (act === "close") this.finishPolygon();
    if (act === "give up") this.polygon = null;
    if (act === "drop") this.polygon = this.polygon.length > 1 ? this.polygon.slice(0, -1) : null;
    if (act) {
      this.paintOver();
      return true;
    }
    this.handledHere = false;
    return false;
  }

  keyup(event) {
    if (event.key !== " " || !this.space) return;
    this.space = false;
    this.look();
  }
}

export default {
  render({ model, el }) {
    const layer = new Layer(model, el);
    model.send({ kind: "ready", client: layer.client });
    return () => layer.destroy();
  },
};
