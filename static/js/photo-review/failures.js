// What could not be stored or loaded, a line each, with a button to try again where that can help.

import { word } from "../page/page.js";

export class Failures {
  #element;

  constructor(element) {
    this.#element = element;
  }

  /** Whether a decision waits for somebody to try again. */
  get open() {
    return this.#element.querySelector("[data-unstored]") !== null;
  }

  ofDecision({ picture }, fault, again) {
    this.#line(word("review_failed", { name: picture.name, why: why(fault) }), again).dataset.picture = picture.key;
    this.#element.firstElementChild.toggleAttribute("data-unstored", true);
  }

  /** Another person decided first; `reopen` opens the picture with the boxes of the decision that came too late. */
  ofConflict({ picture }, fault, reopen) {
    this.#line(`${picture.name}: ${why(fault)}`, reopen, word("review_reopen")).dataset.picture = picture.key;
  }

  ofUndo(picture, fault) {
    this.#line(word("review_not_undone", { name: picture.name, why: why(fault) }));
  }

  ofLoading(again) {
    this.#line(word("review_not_loaded"), again);
  }

  say(text) {
    this.#line(text);
  }

  /** Removes the lines about a picture that is open again. */
  forget(key) {
    this.#element.querySelectorAll(`[data-picture="${key}"]`).forEach((line) => line.remove());
  }

  #line(text, again = null, title = word("review_retry")) {
    const line = document.createElement("p");
    line.className = "alert alert-bad";
    line.append(Object.assign(document.createElement("span"), { textContent: text }));
    if (again) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "button-text", textContent: title });
      button.addEventListener("click", () => {
        line.remove();
        again();
      });
      line.append(button);
    }
    this.#element.prepend(line);
    while (this.#element.children.length > 5 && !this.#element.lastElementChild.hasAttribute("data-unstored")) this.#element.lastElementChild.remove();
    return line;
  }
}

function why(fault) {
  return fault.detail ?? word("review_unreachable");
}
