// Names of controls for people who hear the page. ipywidgets gives none to sliders and color fields, nor to fields whose
// description stands elsewhere: they are called what their tooltip or the
// title before them says.

const CONTROLS = [".noUi-handle", "input", "select", "textarea"]
  .map((control) => `[class*="cw-"] .jupyter-widgets ${control}`)
  .join();
const NAMING = 200; // ms after the last change of the page

const tipOf = (one) => (one?.title && one.title !== "null" ? one.title : ""); // ipywidgets writes null for none

// What a control is called: by the text beside it, or by a tooltip.
export function nameOf(control) {
  if (control.closest("label")?.textContent.trim()) return ""; // its own text names it
  const widget = control.closest(":has(> .widget-label)");
  const label = widget?.querySelector(":scope > .widget-label");
  const before = widget?.previousElementSibling; // a title, with the key that does the same
  const title = before?.matches(".cw-title") && before.querySelector("span")?.textContent;
  return label?.textContent.trim() || [control, label, widget].map(tipOf).find((tip) => tip) || title || "";
}

export class Names {
  constructor() {
    this.given = new WeakMap(); // by control
  }

  watch(place, undo) {
    const later = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.give(place), NAMING);
    };
    const changes = new MutationObserver(later);
    changes.observe(place, { childList: true, subtree: true, attributes: true, attributeFilter: ["title"] });
    undo.push(() => changes.disconnect());
    later();
  }

  give(place) {
    for (const control of place.querySelectorAll(CONTROLS)) {
      const had = control.getAttribute("aria-label");
      if (had && had !== this.given.get(control)) continue; // it has a name of its own
      const name = nameOf(control);
      if (!name || name === had) continue;
      this.given.set(control, name);
      control.setAttribute("aria-label", name);
    }
  }
}
