// The table of clasts. Only the rows in view are drawn, and only they are asked for.

const ROW = 24; // pixels of the page
const MARGIN = 8; // rows beyond the view that are drawn ahead

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

// The rows of the table that a list shows that is scrolled so far down and so high.
export function rowsInView(scrollTop, height, count) {
  const first = Math.max(0, Math.floor(scrollTop / ROW) - MARGIN);
  return [first, Math.max(first, Math.min(count, Math.ceil((scrollTop + height) / ROW) + MARGIN))];
}

class ClastList {
  constructor(model, el) {
    this.model = model;
    this.rows = new Map(); // place in the order: { number, texts }
    this.drawn = new Map(); // place: its element
    el.classList.add("cw-clasts");
    el.setAttribute("data-lm-suppress-shortcuts", "true");
    this.head = element("div", "cw-clasts-head");
    for (const { name, title } of model.get("columns")) {
      const cell = element("button", "cw-clasts-title", title);
      cell.dataset.column = name;
      cell.title = `Sort by ${title}`;
      this.head.append(cell);
    }
    this.list = element("div", "cw-clasts-list");
    this.list.tabIndex = 0;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Clasts: arrows select, with Shift several");
    this.list.setAttribute("aria-multiselectable", "true");
    this.room = element("div", "cw-clasts-room");
    this.list.append(this.room);
    el.append(this.head, this.list);
    this.listen();
    this.renew();
  }

  listen() {
    const { model } = this;
    this.heard = [
      ["change:version", () => this.renew()],
      ["change:selected", () => this.draw()],
      ["change:sort", () => this.draw()],
      ["msg:custom", (content) => this.told(content)],
    ];
    for (const [name, heard] of this.heard) model.on(name, heard);
    this.head.addEventListener("click", (event) => {
      const { column } = event.target.dataset;
      if (column) model.send({ kind: "sort", column });
    });
    this.list.addEventListener("scroll", () => this.draw());
    this.list.addEventListener("click", (event) => {
      const row = event.target.closest("[data-place]");
      const adds = event.ctrlKey || event.metaKey || event.shiftKey;
      if (row) model.send({ kind: "pick", place: Number(row.dataset.place), adds });
    });
    this.list.addEventListener("keydown", (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      model.send({ kind: "step", step, adds: event.shiftKey });
    });
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.list);
  }

  end() {
    for (const [name, heard] of this.heard) this.model.off(name, heard);
    this.resized.disconnect();
    clearTimeout(this.asking);
  }

  // Other clasts, another order, or other values: what is in view is asked for anew, and stays until it comes.
  renew() {
    this.rows.clear();
    this.room.style.height = `${this.model.get("count") * ROW}px`;
    this.draw();
  }

  told(content) {
    if (content.kind === "reveal") {
      const top = content.place * ROW;
      const { scrollTop, clientHeight } = this.list;
      if (top < scrollTop || top + ROW > scrollTop + clientHeight) {
        this.list.scrollTop = top - (clientHeight - ROW) / 2;
      }
    }
    if (content.kind === "rows" && content.version === this.model.get("version")) {
      content.rows.forEach((texts, index) => {
        this.rows.set(content.first + index, { number: content.numbers[index], texts });
      });
      this.draw();
    }
  }

  draw() {
    const { model, list } = this;
    const [first, stop] = rowsInView(list.scrollTop, list.clientHeight, model.get("count"));
    for (const [place, row] of this.drawn) {
      if (place < first || place >= stop) {
        row.remove();
        this.drawn.delete(place);
        this.rows.delete(place);
      }
    }
    const selected = new Set(model.get("selected"));
    let missing = false;
    for (let place = first; place < stop; place++) {
      if (!this.drawn.has(place)) this.add(place);
      const row = this.drawn.get(place);
      const data = this.rows.get(place);
      missing ||= !data;
      if (data) this.fill(row, data);
      row.setAttribute("aria-selected", String(selected.has(Number(row.dataset.number))));
    }
    for (const cell of this.head.children) {
      const sort = model.get("sort");
      const falls = sort === `-${cell.dataset.column}`;
      cell.setAttribute(
        "data-sort",
        falls ? "descending" : sort === cell.dataset.column ? "ascending" : "none",
      );
      cell.setAttribute("aria-pressed", String(cell.dataset.sort !== "none"));
    }
    clearTimeout(this.asking);
    if (missing) this.asking = setTimeout(() => model.send({ kind: "look", first, stop }), 15);
  }

  add(place) {
    const row = element("div", "cw-clasts-row");
    row.dataset.place = place;
    row.setAttribute("role", "option");
    row.style.top = `${place * ROW}px`;
    this.room.append(row);
    this.drawn.set(place, row);
  }

  fill(row, { number, texts }) {
    row.dataset.number = number;
    row.classList.toggle("cw-clasts-edited", texts[texts.length - 1] === "yes");
    row.replaceChildren(...texts.map((text) => element("span", "", text)));
  }
}

function render({ model, el }) {
  const list = new ClastList(model, el);
  return () => list.end();
}

export default { render };
