// What the mouse, a finger or a pen does on the core, from a press to its release.

import { modeFor, modeOf } from "./modes.js";
import { inside, kept, panned, toCanvas, toImage, turnedAcross, zoomed } from "./viewport.js";

const CLICK_DISTANCE = 4; // css pixels a click may wander, by hand

export class Gestures {
  constructor(layer) {
    this.layer = layer;
    this.gesture = null; // `kind` is the gesture of a mode, or "overview", "swipe", "handle", "side", "pinch"
    this.polygon = null; // { mode, corners } while its corners are set by clicks
    this.pointers = new Map();
    this.last = null; // end of the last stroke, for straight lines with Shift
    this.n_strokes = 0;
    this.ruler = null; // the ends of the line that was measured last
  }

  // Whether the view is being moved by hand.
  get moves() {
    return ["move", "pick", "pinch"].includes(this.gesture?.kind);
  }

  at(event) {
    if (event.at) return event.at; // of the crosshair
    const { root, sheets } = this.layer;
    const box = root.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * sheets.width) / box.width,
      ((event.clientY - box.top) * sheets.height) / box.height,
    ];
  }

  // The mode that a press means: that which is chosen, or that of a button or a held key.
  meant(event) {
    const { model, keyboard, choices } = this.layer;
    if (keyboard.space || event.button === 1) return modeFor(model, "move");
    const mode = modeOf(model, choices.mode);
    if (mode?.draws && (event.button === 2 || event.button === 5)) return modeFor(model, "brush", true);
    const takes = mode?.gesture === "outline"; // there Alt takes away what is outlined
    if (mode?.draws && event.altKey && !takes) return modeFor(model, "pick");
    if (event.button !== 0) return null;
    return mode?.gesture === "move" && event.shiftKey ? modeFor(model, "line") : mode;
  }

  down(event) {
    const { layer } = this;
    const at = this.at(event);
    layer.pointer = at;
    layer.root.focus({ preventScroll: true });
    if (event.pointerType === "touch") {
      this.pointers.set(event.pointerId, at);
      if (this.pointers.size === 2) return this.beginPinch();
    }
    if (this.gesture) return;
    const mode = this.meant(event);
    event.preventDefault();
    if (inside(layer.model.get("overview"), ...at)) {
      this.gesture = { kind: "overview", id: event.pointerId };
      this.lookThere(at);
    } else if (event.button === 0 && layer.swipe.isAt(at)) {
      this.gesture = { kind: "swipe", id: event.pointerId, from: at };
    } else if (event.button === 0 && layer.handles.under(at) >= 0) {
      this.gesture = { kind: "handle", id: event.pointerId, number: layer.handles.under(at) };
    } else if (event.button === 0 && mode?.gesture === "move" && layer.handles.side(at) >= 0) {
      const number = layer.handles.side(at);
      const start = toImage(layer.view, ...at); // the view may move meanwhile
      this.gesture = { kind: "side", mode, id: event.pointerId, number, from: at, start, clicked: true };
    } else if (mode && (inside(layer.view, ...at) || mode.gesture === "outline")) {
      this.begin(mode, event, at); // beside the photograph the kernel says why there is no outline
    }
    if (this.gesture && !event.at) layer.root.setPointerCapture(event.pointerId);
    layer.look();
  }

  begin(mode, event, at) {
    const { layer } = this;
    const point = toImage(layer.view, ...at);
    this.gesture = { kind: mode.gesture, mode, id: event.pointerId, from: at, last: at, clicked: true };
    if (mode.gesture === "brush") {
      const straight = event.shiftKey && this.last;
      const points = straight ? [this.last, point] : [point];
      this.gesture.stroke = this.stroke(mode, points, layer.model.get("brush_size"));
      layer.look();
      layer.sheets.extend(this.gesture.stroke);
    } else if (mode.gesture === "lasso") {
      this.gesture.lasso = this.polygon ? [...this.polygon.corners, point] : [point];
    } else if (mode.gesture === "line") {
      this.ruler = null;
      this.gesture.ruler = [point, point];
    } else if (mode.gesture === "outline") {
      layer.outline.begin(this.gesture, event, point);
    }
  }

  stroke(mode, points, size = 0) {
    const { color, code } = this.layer.choices;
    return { mode: mode.name, gesture: mode.gesture, erases: mode.erases, size, color, code, points };
  }

  move(event) {
    const at = this.at(event);
    this.layer.pointer = at;
    if (this.pointers.has(event.pointerId)) this.pointers.set(event.pointerId, at);
    const { gesture } = this;
    if (gesture?.kind === "pinch") this.pinch();
    else if (gesture && gesture.id === event.pointerId) this.drag(gesture, event, at);
    else if (this.polygon) this.layer.sheets.askOver();
    this.layer.look();
    if (!gesture?.outline) this.layer.hover.at(at); // its rim follows the pointer: kernel and page have that to do
  }

  drag(gesture, event, at) {
    const { layer } = this;
    if (gesture.kind === "overview") return this.lookThere(at);
    if (gesture.kind === "swipe") return layer.swipe.dragTo(at);
    if (gesture.kind === "handle") return layer.handles.dragTo(gesture.number, at);
    const distance = Math.hypot(at[0] - gesture.from[0], at[1] - gesture.from[1]) / layer.unit;
    if (distance > (event.at ? 0 : CLICK_DISTANCE)) gesture.clicked = false;
    if (gesture.kind === "side") {
      return gesture.clicked || layer.handles.dragSide(gesture.number, gesture.start, at);
    }
    if (this.moves) {
      if (gesture.clicked) return;
      layer.pictures.change(panned(layer.view, at[0] - gesture.last[0], at[1] - gesture.last[1]));
      gesture.last = at;
      return;
    }
    if (gesture.outline) return layer.outline.drag(gesture, event, at);
    if (gesture.ruler) {
      gesture.ruler = [gesture.ruler[0], toImage(layer.view, ...at)];
      return layer.sheets.paintOver();
    }
    const path = gesture.stroke?.points ?? gesture.lasso;
    if (!path || (gesture.lasso && gesture.clicked)) return;
    const had = path.length;
    this.follow(path, event);
    if (gesture.stroke && path.length > had) layer.sheets.extend(gesture.stroke, had);
    if (gesture.lasso) layer.sheets.paintOver();
  }

  // Add where the pointer went to a path.
  follow(path, event) {
    const { view } = this.layer;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) {
      const point = toImage(view, ...this.at(each));
      const end = path[path.length - 1];
      if (Math.hypot(point[0] - end[0], point[1] - end[1]) * view.scale >= 0.5) path.push(point);
    }
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    const { gesture, layer } = this;
    if (!gesture || (gesture.id !== event.pointerId && gesture.kind !== "pinch")) return;
    this.gesture = null;
    const point = toImage(layer.view, ...this.at(event));
    layer.pictures.settle();
    if (gesture.kind === "handle" || (gesture.kind === "side" && !gesture.clicked)) layer.handles.drop();
    else if (gesture.stroke) this.finish(gesture.stroke);
    else if (gesture.lasso) this.endLasso(gesture);
    else if (gesture.outline) this.finish(layer.outline.stroke(gesture));
    else if (gesture.clicked && gesture.kind === "spot") this.finish(this.stroke(gesture.mode, [point]));
    else if (gesture.ruler && !gesture.clicked) this.measure(gesture.mode, gesture.ruler[0], point);
    else if (gesture.clicked) this.click(gesture, point, event);
    layer.look();
  }

  // A click where a drag would have moved the view; a view that is moved by a held key is not clicked on.
  click({ kind, mode }, [row, column], event) {
    const { choices } = this.layer;
    const moves = modeOf(this.layer.model, choices.mode)?.gesture === "move"; // Shift makes a ruler of it
    if (kind !== "pick" && mode?.name !== choices.mode && !(kind === "line" && moves)) return;
    const adds = event.shiftKey || event.ctrlKey || event.metaKey;
    this.layer.send({ kind: "pixel", row, column, mode: mode.name, adds });
    if (kind === "pick") choices.choose({ code: 0 });
  }

  // The ruler stays where it was drawn, and the kernel says more of it.
  measure(mode, start, end) {
    this.ruler = [start, end];
    this.finish(this.stroke(mode, this.ruler));
  }

  cancel(event) {
    // the browser took the pointer away: nothing was done
    this.pointers.delete(event.pointerId);
    this.giveUp();
  }

  giveUp() {
    this.gesture = null;
    this.ruler = null;
    this.layer.handles.dragged = null;
    this.layer.sheets.paint();
  }

  leave() {
    if (this.gesture) return;
    this.layer.pointer = null;
    this.layer.look();
    this.layer.sheets.paintOver();
    this.layer.hover.left();
  }

  endLasso(gesture) {
    const { view, unit, hint, sheets } = this.layer;
    if (!gesture.clicked && gesture.lasso.length > 2 && !this.polygon) {
      this.finish(this.stroke(gesture.mode, gesture.lasso));
    } else {
      const [x, y] = gesture.from;
      const first = toCanvas(view, ...gesture.lasso[0]);
      const n = this.polygon?.corners.length ?? 0;
      if (n > 2 && Math.hypot(x - first[0], y - first[1]) < 9 * unit) return this.closePolygon();
      this.polygon = { mode: this.polygon?.mode ?? gesture.mode, corners: gesture.lasso };
      if (gesture.lasso.length === 1)
        hint.say("Click more corners; double-click or Enter closes, Esc gives up", 2600);
    }
    sheets.askOver();
  }

  closePolygon() {
    const { polygon } = this;
    this.polygon = null;
    if (polygon?.corners.length > 2) {
      const lengths = polygon.corners.map(() => 1); // each was a click
      this.finish({ ...this.stroke(polygon.mode, polygon.corners), lengths });
    }
    this.layer.sheets.paintOver();
  }

  // What a key does to an open polygon, as `polygonKey` says.
  changePolygon(act) {
    if (act === "close") return this.closePolygon();
    const corners = act === "drop" ? this.polygon.corners.slice(0, -1) : [];
    this.polygon = corners.length ? { ...this.polygon, corners } : null;
    this.layer.sheets.askOver();
  }

  finish(stroke) {
    const { client, pictures, sheets } = this.layer;
    const { mode, size, points, code, width, lengths, takes } = stroke;
    const id = this.n_strokes++;
    if (size) this.last = points[points.length - 1];
    const sent = this.layer.send({ kind: "stroke", client, id, mode, size, code, width, lengths, takes }, [
      new Float32Array(points.flat()).buffer,
    ]);
    // ink that nobody will keep is not left on the screen
    if (sent) pictures.pending.push({ ...stroke, id, sentAt: performance.now() });
    sheets.paint();
  }

  lookThere(at) {
    const [row, column] = toImage(this.layer.model.get("overview"), ...at);
    this.layer.pictures.change(kept({ ...this.layer.view, row, column }));
  }

  beginPinch() {
    this.gesture = { kind: "pinch", before: [...this.pointers.values()] };
    this.layer.sheets.paint();
  }

  pinch() {
    const now = [...this.pointers.values()];
    if (now.length < 2) return;
    const [a, b] = this.gesture.before;
    const [c, d] = now;
    const length = (p, q) => Math.max(Math.hypot(p[0] - q[0], p[1] - q[1]), 1);
    const x = (c[0] + d[0]) / 2;
    const y = (c[1] + d[1]) / 2;
    const moved = panned(this.layer.view, x - (a[0] + b[0]) / 2, y - (a[1] + b[1]) / 2);
    this.layer.pictures.change(zoomed(moved, length(c, d) / length(a, b), x, y));
    this.gesture.before = now;
  }

  wheel(event) {
    const { layer } = this;
    const notches = event.deltaY * (event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1) * 0.0016;
    if (this.gesture?.outline) {
      event.preventDefault();
      return layer.outline.turn(this.gesture, notches);
    }
    const active = layer.scope?.contains(document.activeElement);
    if (!active && !event.ctrlKey) {
      layer.hint.say("Click the core first, or hold Ctrl, to zoom with the wheel");
      return;
    }
    event.preventDefault();
    const { view } = layer;
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    if (event.shiftKey) {
      const step = -(event.deltaY || event.deltaX) * unit * layer.unit;
      const wide = view.height >= view.n_rows * view.scale !== turnedAcross(view);
      const across = wide || turnedAcross(view);
      return layer.pictures.change(across ? panned(view, step, 0) : panned(view, 0, step));
    }
    layer.pictures.change(zoomed(view, Math.exp(-event.deltaY * unit * 0.0016), ...this.at(event)));
  }
}
