// How large the layer is on the page, and the page's own colors.

export class Page {
  constructor(layer, el) {
    this.layer = layer;
    this.el = el;
    this.told = ""; // what the kernel knows of it
  }

  // Watch size and theme; `attached` is called when the element is on the page.
  watch(attached) {
    const { el } = this;
    const { undo } = this.layer;
    const sizes = new ResizeObserver(() => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.measure(), this.told ? 120 : 0);
    });
    sizes.observe(el);
    undo.push(() => sizes.disconnect());
    const attach = () => {
      if (!el.isConnected || !el.parentElement) return requestAnimationFrame(attach);
      sizes.observe(el.parentElement);
      attached();
      this.measure();
    };
    attach();
    const themes = new MutationObserver(() => this.measure());
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

  measure() {
    const parent = this.el.parentElement;
    if (!this.el.isConnected || !parent) return;
    // The canvas below would take the focus and keep it: it hears the Tab key as any other.
    for (const canvas of parent.querySelectorAll("canvas[tabindex], [tabindex] > canvas")) {
      (canvas.hasAttribute("tabindex") ? canvas : canvas.parentElement).tabIndex = -1;
    }
    const width = Math.floor(parent.clientWidth);
    if (width < 50) return; // hidden
    this.fit();
    const style = getComputedStyle(parent);
    const color = (name) => style.getPropertyValue(name).trim();
    const colors = {
      band: color("--jp-layout-color2"),
      text: color("--jp-ui-font-color1"),
      line: color("--jp-ui-font-color2"),
      ground: color("--jp-layout-color3"),
    };
    const page = { width, ratio: Math.min(window.devicePixelRatio || 1, 2), colors };
    const text = JSON.stringify(page);
    if (text === this.told) return;
    this.told = text;
    this.layer.send({ kind: "page", ...page });
  }
}
