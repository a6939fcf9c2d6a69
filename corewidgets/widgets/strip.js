// The photographs of a hole in a column, by depth; only those in view are drawn and asked for.

const ROW = 82; // pixels of the page
const WIDTH = 214;
const PHOTOGRAPH = 32;
const MAP = 9;
const MARGIN = 3; // rows beyond the view that are drawn ahead
const MOST = 300; // rows whose pictures are kept
const WAIT = 2000; // milliseconds for the tools of a photograph, before the kernel is asked which one is open
const PRESSES = ["pointerdown", "pointerup", "pointercancel"];
const OWN_PAGES = "input, select, textarea, .cw-core-view, .cw-clasts"; // Page Up and Page Down are theirs
const STATES = ["labelled", "mapped", "outdated", "flagged", "corrected", "accepted", "unreadable"];

// The depths that a text names, one ("698.4", "698,4 m") or a range ("698 - 702"); not numbers where it names none.
function depths(text) {
  const [, top, base = top] =
    text.match(/^(\d+(?:[.,]\d*)?)(?:\s*(?:-|–|to)\s*(\d+(?:[.,]\d*)?))?\s*(?:m|ft)?$/) ?? [];
  return [top, base].map((each) => Number(each?.replace(",", ".") ?? Number.NaN));
}

// Rows of the table that hold what is looked for: a text in the name or a class, or depths that the photograph shows.
export function chosen(rows, text, state, classes) {
  const wanted = text.trim().toLowerCase();
  const [top, base] = depths(wanted);
  const holdsState = (row) =>
    state === "" ||
    (state.startsWith("not ") ? !row.states.includes(state.slice(4)) : row.states.includes(state));
  const holdsText = (row) =>
    wanted === "" ||
    row.name.toLowerCase().includes(wanted) ||
    (row.top !== null && base >= row.top && top <= row.base) ||
    row.classes.some((code) => (classes[code] ?? "").toLowerCase().includes(wanted));
  return rows.map((_, index) => index).filter((index) => holdsState(rows[index]) && holdsText(rows[index]));
}

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

// Pictures of photographs as files, the ones used last: decoded they would take fifty times the memory, so that is done
// for each row that is painted.
class Pictures {
  constructor() {
    this.kept = new Map();
  }

  get(name) {
    const found = this.kept.get(name);
    if (found) {
      this.kept.delete(name);
      this.kept.set(name, found);
    }
    return found;
  }

  put(name, files) {
    this.kept.delete(name);
    this.kept.set(name, files);
    if (this.kept.size > MOST) this.kept.delete(this.kept.keys().next().value);
  }
}

// Decodes the pictures of a photograph: photograph, map, labels; null for one that there is not.
function decoded(files) {
  return Promise.all(
    files.map((file, index) =>
      file.byteLength
        ? createImageBitmap(new Blob([file], { type: index ? "image/png" : "image/jpeg" }))
        : null,
    ),
  );
}

// Draws an upright picture with its top at the left, as core lies in a box, as large as it fits.
function drawLying(context, picture, y, height) {
  const scale = Math.min(WIDTH / picture.height, height / picture.width);
  context.save();
  context.translate(0, y + picture.width * scale);
  context.rotate(-Math.PI / 2);
  context.drawImage(picture, 0, 0, picture.width * scale, picture.height * scale);
  context.restore();
}

// Draws a picture over all of a band, whatever its proportions.
function drawBand(context, picture, length, y, height) {
  context.save();
  context.translate(0, y + height);
  context.rotate(-Math.PI / 2);
  context.drawImage(picture, 0, 0, height, length);
  context.restore();
}

// From the choice of a photograph until its tools are there, nothing can be done with those of the one before: it would
// be done to tools that are about to go, and lost without a word. Tools that are replaced stay so until they are gone.
// `places` returns the parts of the page that hold tools of one photograph, `chosen` the photograph that is chosen, and
// `opened` the one whose tools can be used (no name while the kernel opens one) and how often tools were replaced.
export class Leaving {
  constructor(places, chosen, opened) {
    this.places = places;
    this.chosen = chosen;
    this.opened = opened;
    this.left = new Map(); // tools that are left, and the number of replacements before theirs
    this.last = opened().tools;
  }

  // Brings the page in line with what is chosen and open; returns whether the tools are still to come.
  settle() {
    const { name, tools } = this.opened();
    const leaving = name !== this.chosen();
    if (leaving) this.leave(this.last); // the page has those of before still when it hears that they are replaced
    this.last = tools;
    for (const place of this.places()) place.inert = leaving;
    if (leaving) return true;
    for (const [tool, number] of this.left) if (number === tools) tool.inert = false; // it stays after all
    this.left.clear();
    return false;
  }

  leave(number) {
    for (const tool of this.places().flatMap((place) => [...place.children])) {
      if (!this.left.has(tool)) this.left.set(tool, number);
      tool.inert = true;
    }
  }
}

function depthText(row, unit) {
  return row.top === null ? "" : `${row.top.toFixed(2)} – ${row.base.toFixed(2)} ${unit}`;
}

class Strip {
  constructor(model, el) {
    this.model = model;
    this.pictures = new Pictures();
    this.drawn = new Map(); // index of the table: its element
    this.rows = model.get("rows");
    this.leaving = new Leaving(
      () => [...(el.closest(".cw-workbench")?.querySelectorAll(".cw-of-photograph") ?? [])],
      () => model.get("selected"),
      () => model.get("opened"),
    );
    this.pressed = false; // whether something is being drawn
    el.classList.add("cw-strip");
    el.setAttribute("data-lm-suppress-shortcuts", "true");
    this.search = element("input", "cw-strip-search");
    this.search.type = "search";
    this.search.placeholder = "Name, depth or class";
    this.search.setAttribute("aria-label", "Search photographs by name, depth or class");
    this.state = element("select", "cw-strip-state");
    this.state.setAttribute("aria-label", "Show photographs of one state");
    for (const state of ["", ...STATES, "not labelled", "not mapped", "not accepted"]) {
      const option = element("option", "", state || "all");
      option.value = state;
      this.state.append(option);
    }
    this.accept = element("button", "cw-strip-accept", "Accept map");
    this.accept.title = "Mark the map of the open photograph as checked and accepted";
    this.list = element("div", "cw-strip-list");
    this.list.tabIndex = 0;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Photographs");
    this.room = element("div", "cw-strip-room");
    this.list.append(this.room);
    this.total = element("div", "cw-strip-total");
    this.work = element("div", "cw-strip-work");
    this.stop = element("button", "cw-strip-accept", "Stop");
    this.stop.title = "Stop; finished maps are kept";
    this.workText = element("span", "");
    this.work.append(this.workText, this.stop);
    const line = element("div", "cw-strip-tools");
    line.append(this.state, this.accept);
    el.append(this.search, line, this.list, this.total, this.work);
    this.el = el;
    this.listen();
    this.choose();
    this.tellWork();
  }

  listen() {
    const { model } = this;
    this.heard = [
      ["change:rows", () => this.take(model.get("rows"))],
      ["change:classes", () => this.choose()],
      ["change:colors", () => this.draw()],
      [
        "change:selected",
        () => {
          this.settle();
          this.select();
        },
      ],
      ["change:opened", () => this.settle()],
      ["change:suggested", () => this.draw()],
      ["change:progress", () => this.tellWork()],
      ["msg:custom", (content, buffers) => this.told(content, buffers)],
    ];
    for (const [name, heard] of this.heard) model.on(name, heard);
    this.search.addEventListener("input", () => this.choose());
    this.state.addEventListener("change", () => this.choose());
    this.accept.addEventListener("click", () => model.send({ kind: "accept" }));
    this.stop.addEventListener("click", () => model.send({ kind: "stop" }));
    this.list.addEventListener("scroll", () => this.draw());
    this.list.addEventListener("click", (event) => {
      const row = event.target.closest("[data-index]");
      if (row) this.open(Number(row.dataset.index));
    });
    this.onKey = (event) => this.key(event);
    this.resized = new ResizeObserver(() => {
      this.settle(); // now that the places are there, too
      this.select();
    });
    this.resized.observe(this.list);
    document.addEventListener("keydown", this.onKey, true); // those of the photograph come by the kernel
    this.onPress = (event) => {
      this.pressed = event.buttons !== 0 && event.target.closest?.(".cw-ink-root") != null;
    };
    for (const name of PRESSES) document.addEventListener(name, this.onPress, true);
  }

  end() {
    for (const [name, heard] of this.heard) this.model.off(name, heard);
    document.removeEventListener("keydown", this.onKey, true);
    for (const name of PRESSES) document.removeEventListener(name, this.onPress, true);
    this.resized.disconnect();
    clearTimeout(this.asking);
    clearTimeout(this.waiting);
  }

  // Lets the tools be used, or not. What the kernel says may be lost: a page that waits for it asks.
  settle() {
    clearTimeout(this.waiting);
    if (!this.leaving.settle()) return;
    this.waiting = setTimeout(() => {
      this.model.send({ kind: "opened" });
      this.settle();
    }, WAIT);
  }

  key(event) {
    const arrows = event.target === this.list ? { ArrowUp: -1, ArrowDown: 1 } : {}; // elsewhere they are others'
    const step = { PageUp: -1, PageDown: 1, ...arrows }[event.key];
    const modified = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey;
    const bench = this.el.closest(".cw-workbench") ?? this.el;
    if (!step || modified || !bench.contains(event.target)) return;
    if (event.target.closest(OWN_PAGES)) return;
    event.preventDefault();
    event.stopPropagation();
    this.list.focus({ preventScroll: true });
    this.step(step);
  }

  // Opens the photograph before or after the open one, of those that are shown and can be read.
  step(step) {
    if (this.pressed) return; // what is being drawn is to end first
    const at = this.index(this.model.get("selected"));
    const readable = this.shown.filter((index) => !this.rows[index].problem);
    const next = step > 0 ? readable.find((index) => index > at) : readable.findLast((index) => index < at);
    if (next !== undefined) this.open(next);
  }

  open(index) {
    const row = this.rows[index];
    if (row.problem) return;
    this.model.set("selected", row.name);
    this.model.save_changes();
  }

  index(name) {
    return this.rows.findIndex((row) => row.name === name);
  }

  take(rows) {
    this.rows = rows;
    this.choose();
  }

  told(content, buffers) {
    if (content.kind === "row") {
      const index = this.index(content.row.name);
      if (index < 0) return;
      this.rows[index] = content.row;
      if (content.stale) this.pictures.kept.delete(content.row.name);
      this.drawn.get(index)?.remove();
      this.drawn.delete(index);
      if (content.row.name === this.model.get("selected")) this.select();
      this.draw();
    }
    if (content.kind === "step") {
      this.list.focus({ preventScroll: true }); // the photograph that has it is about to go
      this.step(content.step);
    }
    if (content.kind === "pictures") {
      this.pictures.put(content.name, buffers);
      this.paint(this.index(content.name));
    }
  }

  choose() {
    this.shown = chosen(this.rows, this.search.value, this.state.value, this.model.get("classes"));
    this.room.style.height = `${this.shown.length * ROW}px`;
    for (const row of this.drawn.values()) row.remove();
    this.drawn.clear();
    const count = (state) => this.rows.filter((row) => row.states.includes(state)).length;
    const some = this.shown.length < this.rows.length ? `${this.shown.length} of ` : "";
    const all = this.rows.length === 1 ? "1 photograph" : `${this.rows.length} photographs`;
    this.total.textContent = `${some}${all}, ${count("labelled")} labelled, ${count("mapped")} mapped`;
    this.draw();
  }

  tellWork() {
    const text = this.model.get("progress");
    this.workText.textContent = text;
    this.work.hidden = text === "";
  }

  select() {
    const index = this.index(this.model.get("selected"));
    const place = this.shown.indexOf(index);
    const { scrollTop, clientHeight } = this.list;
    if (place >= 0 && (place * ROW < scrollTop || (place + 1) * ROW > scrollTop + clientHeight)) {
      this.list.scrollTop = place * ROW - (clientHeight - ROW) / 2;
    }
    const row = this.rows[index];
    this.accept.disabled = !row?.states.includes("mapped");
    this.accept.textContent = row?.states.includes("accepted") ? "Accepted" : "Accept map";
    this.draw();
  }

  // Brings the elements in line with what is in view; those that are no longer in view are taken out.
  draw() {
    const first = Math.max(0, Math.floor(this.list.scrollTop / ROW) - MARGIN);
    const last = Math.min(
      this.shown.length,
      Math.ceil((this.list.scrollTop + this.list.clientHeight) / ROW) + MARGIN,
    );
    const wanted = new Set(this.shown.slice(first, last));
    for (const [index, row] of this.drawn) {
      if (!wanted.has(index)) {
        row.remove();
        this.drawn.delete(index);
      }
    }
    for (let place = first; place < last; place++) {
      const index = this.shown[place];
      if (!this.drawn.has(index)) this.add(index);
      const row = this.drawn.get(index);
      row.style.top = `${place * ROW}px`;
      const { name } = this.rows[index];
      row.setAttribute("aria-selected", String(name === this.model.get("selected")));
      row.classList.toggle("cw-strip-next", name === this.model.get("suggested"));
    }
    clearTimeout(this.asking);
    this.asking = setTimeout(() => this.ask(), 60);
  }

  add(index) {
    const data = this.rows[index];
    const row = element("div", "cw-strip-row");
    row.dataset.index = index;
    row.setAttribute("role", "option");
    const unit = this.model.get("unit");
    row.title =
      data.problem || [data.name, depthText(data, unit), ...data.reasons].filter(Boolean).join("\n");
    const line = element("div", "cw-strip-line");
    line.append(element("b", "", data.name), element("span", "", depthText(data, unit)));
    row.append(line);
    if (data.gap > 0) {
      const gap = element("div", "cw-strip-gap", `gap of ${data.gap.toFixed(2)} ${unit}`);
      gap.title = `${data.gap.toFixed(2)} ${unit} above have no photograph`;
      row.append(gap);
      row.classList.add("cw-strip-below-gap");
    }
    if (data.problem) {
      row.append(element("div", "cw-strip-problem", data.problem));
    } else {
      const canvas = element("canvas", "cw-strip-picture");
      canvas.width = WIDTH;
      canvas.height = PHOTOGRAPH + MAP + 2;
      row.append(canvas);
    }
    const words = element("div", "cw-strip-words");
    for (const state of data.states) words.append(element("span", `cw-strip-${state}`, state));
    row.append(words);
    this.drawn.set(index, row);
    this.room.append(row);
    this.paint(index);
  }

  async paint(index) {
    const name = this.rows[index]?.name;
    const files = this.drawn.has(index) && this.pictures.get(name);
    if (!files) return;
    const pictures = await decoded(files);
    const canvas = this.drawn.get(index)?.querySelector("canvas"); // the row may have gone meanwhile
    if (canvas && this.rows[index].name === name) this.paintAll(canvas, pictures);
    for (const picture of pictures) picture?.close();
  }

  paintAll(canvas, [photograph, map, labels]) {
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    drawLying(context, photograph, 0, PHOTOGRAPH);
    const scale = Math.min(WIDTH / photograph.height, PHOTOGRAPH / photograph.width);
    context.imageSmoothingEnabled = false;
    if (labels) drawBand(context, labels, photograph.height * scale, 0, photograph.width * scale);
    if (map) drawBand(context, map, photograph.height * scale, PHOTOGRAPH + 2, MAP);
    canvas.dataset.painted = "true";
  }

  ask() {
    const names = [...this.drawn.keys()]
      .sort((one, other) => one - other)
      .map((index) => this.rows[index])
      .filter((row) => !row.problem && !this.pictures.kept.has(row.name))
      .map((row) => row.name);
    if (names.length) this.model.send({ kind: "look", names });
  }
}

function render({ model, el }) {
  const strip = new Strip(model, el);
  return () => strip.end();
}

export default { render };
