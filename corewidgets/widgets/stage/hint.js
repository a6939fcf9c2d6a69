// A line over the core that says something for a moment.

export class Hint {
  constructor() {
    this.element = document.createElement("div");
    this.element.className = "cw-ink-hint";
    this.element.setAttribute("role", "status");
  }

  say(text, ms = 1800) {
    this.element.textContent = text;
    this.element.classList.add("cw-shown");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.element.classList.remove("cw-shown"), ms);
  }
}
