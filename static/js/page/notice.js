// One line over the map with an error or a missing layer, and a button to try again where that can help.

import { word } from "./page.js";

export class Notice {
  #element;

  constructor(element) {
    this.#element = element;
  }

  /** Shows a line; with `again`, a button that clears it and calls `again`. */
  say(text, again = null) {
    const line = document.createElement("p");
    line.textContent = text;
    this.#element.replaceChildren(line);
    if (!again) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button-text";
    button.textContent = word("retry");
    button.addEventListener("click", () => {
      this.clear();
      again();
    });
    this.#element.append(button);
  }

  clear() {
    this.#element.replaceChildren();
  }
}
