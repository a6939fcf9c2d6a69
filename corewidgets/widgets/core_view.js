// The hole at depth: tracks beside each other on one depth axis, drawn from tiles. Only tiles in view are asked for.

const RULER = 76; // css pixels
const GAP = 10;
const HEAD = 24;
const SCROLLS = ".jp-WindowedPanel-outer, .jp-Notebook"; // the notebook
const MARGIN = 10;
const LEAST_HEIGHT = 240; // css pixels, on any screen
const MOST = 240; // tiles that are kept
const CLICK = 4; // css pixels a click may wander
const NEAREST = 96; // css pixels for a millimetre: the nearest that the hole is looked at

// The level with at least as many rows as pixels, and the first and last tile in view, as depth_tiles.py has them.
export function tilesInView(top, base, height, rows, finest) {
  const level = Math.max(Math.floor(Math.log2((base - top) / (height * finest)) + 1e-9), 0);
  const length = rows * finest * 2 ** level;
  return [level, Math.floor(top / length), Math.ceil(base / length)];
}

// Depths of the marks of the ruler that carry text, and their digits after the point.
export function marks(top, base, pixels, spacing = 56) {
  const least = ((base - top) * spacing) / pixels;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= least * (1 - 1e-9));
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const found = [];
  for (let mark = Math.ceil(top / step - 1e-6); mark * step <= base * (1 + 1e-12); mark++)
    found.push(mark * step);
  return [found, digits];
}

class CoreView {
  constructor(model, el) {
    this.model = model;
    this.tiles = new Map(); // key: { bitmap, level, index, track }; the ones used last at the end
    this.asked = new Set();
    this.middle = 0.5; // share of the core's width in the middle of the tracks
    el.classList.add("cw-core-view");
    el.setAttribute("data-lm-suppress-shortcuts", "true");
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute(
      "aria-label",
      "The hole at depth: wheel or + and - zoom, drag or arrows move, a click opens the photograph, as Enter does the one at the marked depth",
    );
    el.append(this.canvas);
    this.el = el;
    [this.top, this.base] = model.get("seen").length ? model.get("seen") : [0, 1];
    this.heard = [
      ["msg:custom", (content, buffers) => this.told(content, buffers)],
      ["change:unit", () => this.draw()],
      ["change:pieces", () => this.draw()],
    ];
    for (const [name, heard] of this.heard) model.on(name, heard);
    this.listen();
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(el);
    this.themes = new MutationObserver(() => this.draw()); // texts and lines have the colors of the page
    this.themes.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
    this.whole();
  }

  end() {
    for (const [name, heard] of this.heard) this.model.off(name, heard);
    this.sizes.disconnect();
    this.themes.disconnect();
    clearTimeout(this.asking);
    cancelAnimationFrame(this.frame);
    for (const { bitmap } of this.tiles.values()) bitmap?.close();
  }

  get pixels() {
    return Math.max(this.canvas.clientHeight - HEAD, 1);
  }

  get scale() {
    return this.pixels / (this.base - this.top); // css pixels for a metre
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        const unit = event.deltaMode === 1 ? 16 : 1;
        if (event.shiftKey) return this.move(0, -(event.deltaY || event.deltaX) * unit);
        this.zoom(Math.exp(-event.deltaY * unit * 0.0016), event.offsetY);
      },
      { passive: false },
    );
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.drag = { x: event.offsetX, y: event.offsetY, far: 0 };
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.drag) return;
      const [dx, dy] = [event.offsetX - this.drag.x, event.offsetY - this.drag.y];
      this.drag.far = Math.max(this.drag.far, Math.hypot(dx, dy));
      if (this.drag.far <= CLICK) return;
      this.move(dx, dy);
      [this.drag.x, this.drag.y] = [event.offsetX, event.offsetY];
    });
    canvas.addEventListener("pointerup", (event) => {
      const { drag } = this;
      this.drag = null;
      if (drag && drag.far <= CLICK) this.click(event.offsetY);
    });
    canvas.addEventListener("pointercancel", () => {
      this.drag = null;
    });
    for (const name of ["focus", "blur"]) canvas.addEventListener(name, () => this.draw());
    canvas.addEventListener("keydown", (event) => {
      const acts = {
        "+": () => this.zoom(1.25),
        "=": () => this.zoom(1.25),
        "-": () => this.zoom(0.8),
        0: () => this.whole(),
        ArrowLeft: () => this.move(0.25 * this.place(0)[1], 0),
        ArrowRight: () => this.move(-0.25 * this.place(0)[1], 0),
        ArrowUp: () => this.move(0, 0.25 * this.pixels),
        ArrowDown: () => this.move(0, -0.25 * this.pixels),
        PageUp: () => this.move(0, 0.9 * this.pixels),
        PageDown: () => this.move(0, -0.9 * this.pixels),
        Enter: () => this.click(HEAD + this.pixels / 2),
      };
      if (!acts[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      acts[event.key]();
    });
  }

  ends() {
    const pieces = this.model.get("pieces");
    return [Math.min(...pieces.map((each) => each[1])), Math.max(...pieces.map((each) => each[2]))];
  }

  whole() {
    if (!this.model.get("pieces").length) return;
    const [top, base] = this.ends();
    this.show(top, base);
  }

  show(top, base) {
    const [first, last] = this.ends();
    const length = Math.min(Math.max(base - top, this.pixels / (1000 * NEAREST)), 1.04 * (last - first));
    const middle = Math.min(Math.max((top + base) / 2, first), last);
    [this.top, this.base] = [middle - length / 2, middle + length / 2];
    this.draw();
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      this.model.set("seen", [this.top, this.base]);
      this.model.save_changes();
    }, 150);
  }

  zoom(factor, y = HEAD + this.pixels / 2) {
    const at = this.depth(y);
    this.show(at - (at - this.top) / factor, at + (this.base - at) / factor);
  }

  move(dx, dy) {
    const [width] = this.across();
    this.middle = Math.min(Math.max(this.middle - dx / width, 0), 1);
    this.show(this.top - dy / this.scale, this.base - dy / this.scale);
  }

  depth(y) {
    return this.top + (y - HEAD) / this.scale;
  }

  click(y) {
    const depth = this.depth(y);
    const piece = this.model.get("pieces").find(([, top, base]) => depth >= top && depth < base);
    if (!piece) return;
    const [name, top, base] = piece;
    this.model.send({ kind: "open", name, share: (depth - top) / (base - top) });
  }

  resize() {
    const width = this.el.clientWidth;
    if (width < 50) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const height = this.room();
    this.canvas.style.height = `${height}px`;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.ratio = ratio;
    this.draw();
  }

  // As high as was asked for, or as the notebook leaves beside the other lines of the tool.
  room() {
    const asked = this.model.get("height");
    const notebook = this.el.closest(SCROLLS);
    const tool = this.el.closest(".cw-workbench") ?? this.el.closest(".cw-core-page");
    if (!notebook || !tool) return asked;
    this.sizes.observe(notebook);
    const others = tool.offsetHeight - this.canvas.offsetHeight;
    return Math.max(Math.min(asked, notebook.clientHeight - others - MARGIN), LEAST_HEIGHT);
  }

  // Left and width of a track in css pixels.
  place(index) {
    const count = this.model.get("tracks").length;
    const width = Math.min((this.canvas.clientWidth - RULER - GAP * count) / count, 340);
    return [RULER + index * (width + GAP), width];
  }

  // Width of the core in css pixels, and where its left edge lies in a track: it is as wide as the track, or true to
  // scale where that is wider.
  across() {
    const [, track] = this.place(0);
    const width = Math.max(track, this.model.get("width") * this.scale);
    const left = Math.min(Math.max(this.middle * width - track / 2, 0), width - track);
    return [width, -left];
  }

  wanted() {
    const { model } = this;
    const height = this.pixels * (this.ratio ?? 1);
    const [level, first, stop] = tilesInView(
      this.top,
      this.base,
      height,
      model.get("tile_rows"),
      model.get("finest"),
    );
    const found = [];
    for (const [track] of model.get("tracks"))
      for (let index = first; index < stop; index++) found.push([track, level, index]);
    return found;
  }

  async told(content, buffers) {
    if (content.kind === "show") this.show(content.top, content.base);
    if (content.kind === "stale") {
      for (const [key, tile] of this.tiles) {
        const length = this.model.get("tile_rows") * this.model.get("finest") * 2 ** tile.level;
        const meets = tile.index * length < content.base && (tile.index + 1) * length > content.top;
        if (meets && content.tracks.includes(tile.track)) tile.stale = true;
        if (tile.stale) this.asked.delete(key);
      }
      this.draw();
    }
    if (content.kind === "tile") {
      const { track, level, index } = content;
      const key = `${track} ${level} ${index}`;
      const [bytes] = buffers;
      const bitmap = bytes.byteLength ? await createImageBitmap(new Blob([bytes])) : null;
      this.tiles.get(key)?.bitmap?.close();
      this.tiles.delete(key);
      this.tiles.set(key, { bitmap, track, level, index, stale: false });
      this.asked.delete(key);
      for (const [old, tile] of this.tiles) {
        if (this.tiles.size <= MOST) break;
        tile.bitmap?.close();
        this.tiles.delete(old);
      }
      this.draw();
    }
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.paint());
  }

  paint() {
    const ctx = this.canvas.getContext("2d");
    const { ratio = 1 } = this;
    const style = getComputedStyle(this.el);
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    const wanted = this.wanted();
    for (const [index, [track, title]] of this.model.get("tracks").entries()) {
      this.paintTrack(ctx, style, track, title, index);
    }
    this.paintRuler(ctx, style);
    if (this.canvas.matches(":focus-visible")) this.paintMark(ctx, style, width);
    const missing = wanted.filter((tile) => {
      const known = this.tiles.get(tile.join(" "));
      return !known || known.stale;
    });
    clearTimeout(this.asking);
    const keys = missing.map((tile) => tile.join(" "));
    const unasked = keys.some((key) => !this.asked.has(key));
    this.canvas.dataset.missing = missing.length;
    if (unasked)
      this.asking = setTimeout(() => {
        this.asked = new Set(keys); // a newer question takes the place of an older one
        this.model.send({ kind: "look", tiles: missing });
      }, 40);
  }

  paintTrack(ctx, style, track, title, index) {
    const [left, width] = this.place(index);
    ctx.fillStyle = style.color;
    ctx.font = "600 12px system-ui, sans-serif";
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    ctx.fillText(title, left, HEAD / 2);
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, HEAD, width, this.pixels);
    ctx.clip();
    ctx.fillStyle = style.getPropertyValue("--jp-layout-color2");
    ctx.fillRect(left, HEAD, width, this.pixels);
    const [core, from] = track === "log" ? [width, 0] : this.across();
    const rows = this.model.get("tile_rows");
    const finest = this.model.get("finest");
    // those of other levels first, the coarsest below: they are seen until the wanted ones are there
    const known = [...this.tiles.values()].filter((tile) => tile.track === track && tile.bitmap);
    const [level] = tilesInView(this.top, this.base, this.pixels * (this.ratio ?? 1), rows, finest);
    known.sort((one, other) => (one.level === level) - (other.level === level) || other.level - one.level);
    for (const tile of known) {
      const length = rows * finest * 2 ** tile.level;
      const y = HEAD + (tile.index * length - this.top) * this.scale;
      const high = length * this.scale;
      if (y > HEAD + this.pixels || y + high < HEAD) continue;
      ctx.imageSmoothingEnabled = high < 2 * rows && track !== "map" && track !== "log";
      ctx.drawImage(tile.bitmap, left + from, y, core, high + 0.5);
    }
    this.paintGaps(ctx, style, left, width);
    ctx.restore();
  }

  // What no photograph shows is hatched.
  paintGaps(ctx, style, left, width) {
    let end = Number.NEGATIVE_INFINITY;
    ctx.fillStyle = style.getPropertyValue("--jp-layout-color2");
    ctx.strokeStyle = style.getPropertyValue("--jp-border-color1");
    ctx.lineWidth = 1;
    for (const [, top, base] of [...this.model.get("pieces"), ["", Number.POSITIVE_INFINITY, 0]]) {
      const from = Math.max(HEAD + (end - this.top) * this.scale, HEAD);
      const to = Math.min(HEAD + (top - this.top) * this.scale, HEAD + this.pixels);
      end = Math.max(end, base);
      if (to - from < 0.5) continue;
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, from, width, to - from);
      ctx.clip();
      ctx.fillRect(left, from, width, to - from);
      ctx.beginPath();
      for (let x = left - (to - from); x < left + width; x += 9) {
        ctx.moveTo(x, to);
        ctx.lineTo(x + (to - from), from);
      }
      ctx.stroke();
      ctx.restore();
    }
  }

  // The depth whose photograph Enter opens.
  paintMark(ctx, style, width) {
    const y = Math.round(HEAD + this.pixels / 2) + 0.5;
    ctx.save();
    ctx.lineWidth = 1;
    for (const [color, dash] of [
      ["--jp-layout-color1", []],
      ["--jp-brand-color1", [6, 4]],
    ]) {
      ctx.strokeStyle = style.getPropertyValue(color);
      ctx.setLineDash(dash);
      ctx.beginPath();
      ctx.moveTo(0, y);
      ctx.lineTo(width, y);
      ctx.stroke();
    }
    ctx.restore();
  }

  paintRuler(ctx, style) {
    const unit = this.model.get("unit");
    const metres = this.model.get("units")[unit];
    const [found, digits] = marks(this.top / metres, this.base / metres, this.pixels);
    ctx.fillStyle = ctx.strokeStyle = style.color;
    ctx.font = "11px system-ui, sans-serif";
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    for (const mark of found) {
      const y = HEAD + (mark * metres - this.top) * this.scale;
      if (y < HEAD + 6 || y > HEAD + this.pixels - 6) continue;
      ctx.fillText(`${mark.toFixed(digits)} ${unit}`, RULER - 14, y);
      ctx.beginPath();
      ctx.moveTo(RULER - 10, y);
      ctx.lineTo(RULER - 2, y);
      ctx.stroke();
    }
  }
}

function render({ model, el }) {
  const view = new CoreView(model, el);
  return () => view.end();
}

export default { render };
