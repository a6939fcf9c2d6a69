// How large the layer is on the page, and the page's own colors.

const NOTEBOOK = ".jp-WindowedPanel-outer, .jp-Notebook"; // what scrolls
const TOOLS = [".cw-workbench", ".cw-labeler, .cw-overlay, .cw-explorer, .cw-lane-editor", ".cw-stage"]; // the outermost counts
const LEAST_HEIGHT = 240; // css pixels of a picture
const MARGIN = 10;
const SETTLING = 1000; // ms

export class Page {
  constructor(layer, el) {
    this.layer = layer;
    this.el = el;
    this.told = ""; // what the kernel knows of it
    this.place = ""; // what there was room in when it was settled
    this.settled = 0;
    this.others = 0; // css pixels that the other lines of the tool had when the picture's height was set
  }

  // Watch size and theme; `attached` is called when the element is on the page.
  watch(attached) {
    const { el } = this;
    const { undo } = this.layer;
    const later = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.measure(), this.told ? 120 : 0);
    };
    const sizes = new ResizeObserver(later);
    sizes.observe(el);
    undo.push(() => sizes.disconnect());
    let frame = 0;
    undo.push(() => cancelAnimationFrame(frame)); // a view may be removed before it ever is on the page
    const attach = () => {
      if (!el.isConnected || !el.parentElement) {
        frame = requestAnimationFrame(attach);
        return;
      }
      sizes.observe(el.parentElement);
      const tool = this.tool();
      if (tool) sizes.observe(tool);
      attached();
      this.measure();
    };
    attach();
    // JupyterLab hides all that is on the page until the next frame: at once nothing can be measured.
    const themes = new MutationObserver(() => requestAnimationFrame(later));
    themes.observe(document.body, {
      attributes: true,
      attributeFilter: ["data-jp-theme-name", "data-jp-theme-light"],
    });
    undo.push(() => themes.disconnect());
  }

  // The canvas is as wide as the page says, or less where this view of the widget is narrower than another one.
  fit() {
    const { layer } = this;
    const [width, height] = layer.model.get("canvas_size");
    const room = this.el.parentElement?.clientWidth || Infinity;
    const shown = Math.min(width / layer.ratio, room);
    layer.unit = width / shown;
    layer.root.style.width = `${shown}px`;
    layer.root.style.height = `${height / layer.unit}px`;
    layer.show();
  }

  tool() {
    return TOOLS.map((name) => this.el.closest(name)).find((found) => found);
  }

  // A picture is as high as was asked for, or as high as the notebook leaves beside the other lines of the tool: then
  // all of it is seen without scrolling. Other pages may be as high as what is in them, and leave any height. It is
  // settled once for a place on the page, a moment after it is taken, when the other lines are there: a message that
  // comes later moves the picture and does not change it. Lines that go later make room: the tools of the photograph
  // before may still be on the page when this one is settled.
  leaveRoom(width) {
    const body = this.el.parentElement;
    const notebook = this.el.closest(NOTEBOOK);
    const tool = this.tool();
    if (!notebook || !tool) return;
    const place = `${notebook.clientHeight} ${width}`;
    if (place !== this.place) {
      this.place = place;
      this.settled = performance.now() + SETTLING;
      for (const part of [0.3, 0.9]) setTimeout(() => this.measure(), part * SETTLING);
    }
    const others = tool.offsetHeight - body.offsetHeight;
    if (performance.now() > this.settled && others >= this.others) return;
    this.others = others;
    const room = Math.max(notebook.clientHeight - others - MARGIN, LEAST_HEIGHT);
    (this.el.closest(".cw-page") ?? tool).style.setProperty("--cw-height", `${room}px`);
  }

  measure() {
    const parent = this.el.parentElement;
    if (!this.el.isConnected || !parent) return;
    // The canvas below would take the focus and keep it: it hears the Tab key as any other.
    for (const canvas of parent.querySelectorAll("canvas[tabindex], [tabindex]:not(.cw-ink-root) > canvas")) {
      (canvas.hasAttribute("tabindex") ? canvas : canvas.parentElement).tabIndex = -1;
    }
    const width = Math.floor(parent.clientWidth);
    if (width < 50) return; // hidden
    this.leaveRoom(width);
    this.fit();
    const style = getComputedStyle(parent);
    const color = (name) => style.getPropertyValue(name).trim();
    const colors = {
      band: color("--jp-layout-color2"),
      text: color("--jp-ui-font-color1"),
      line: color("--jp-ui-font-color2"),
      ground: color("--jp-layout-color3"),
    };
    const height = Math.floor(parent.clientHeight);
    const page = { width, height, ratio: Math.min(window.devicePixelRatio || 1, 2), colors };
    const text = JSON.stringify(page);
    if (text === this.told) return;
    this.told = text;
    this.layer.send({ kind: "page", ...page });
  }
}
