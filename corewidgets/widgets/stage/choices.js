// Which class and which mode were chosen on the page. The kernel may be busy when one is clicked: until it says that
// it has heard of the choice, strokes carry what was chosen here. A code of 0 stands for what only the kernel knows:
// the class of a pixel that was picked.

import { paintingMode } from "./modes.js";

export class Choices {
  constructor(model, client, send) {
    this.model = model;
    this.client = client;
    this.send = send;
    this.number = 0;
    this.made = null;
  }

  get mode() {
    return this.made?.mode ?? this.model.get("mode");
  }

  get code() {
    return this.made?.code ?? this.model.get("class_code");
  }

  get color() {
    const found = this.model.get("classes").find(([code]) => code === this.made?.code);
    return found ? found[1] : this.model.get("ink_color");
  }

  choose(choice) {
    this.number += 1;
    this.made = { ...this.made, ...choice };
    this.send({ kind: "choose", client: this.client, number: this.number, code: 0, mode: "", ...choice });
  }

  // The kernel has heard of a choice: of the last one, or there is more to come.
  heard() {
    if (this.model.get("chosen")[this.client] === this.number) this.made = null;
  }

  // The class at a place of the list, the first is 0.
  chooseClass(place, paints) {
    const found = this.model.get("classes")[place];
    if (!found) return;
    const mode = paints ? paintingMode(this.model, this.mode) : this.mode;
    this.choose(mode === this.mode ? { code: found[0] } : { code: found[0], mode });
  }

  // What a key chooses, if it does.
  chooseByKey(name) {
    const choice = this.model.get("key_choices")[name];
    if (choice?.mode) this.choose({ mode: choice.mode });
    else if (choice) this.chooseClass(choice.place, true);
  }

  // What a click on the list of classes or on the buttons of the modes chooses.
  chooseByClick(target) {
    const place = (part, selector) => [...part.parentElement.querySelectorAll(selector)].indexOf(part);
    const row = target.closest?.(".cw-class .cw-name")?.closest(".cw-class");
    if (row) this.chooseClass(place(row, ":scope > .cw-class"), false);
    const button = target.closest?.(".cw-modes button");
    const mode = button && this.model.get("mode_names")[place(button, "button")];
    if (mode) this.choose({ mode });
  }
}
