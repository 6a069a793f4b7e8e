// The question why a picture is withheld.

import { word } from "../page/page.js";

export class Withholding {
  #dialog;
  #form;
  #fault;

  /** `given(reason)` is called with what was written. */
  constructor(dialog, given) {
    this.#dialog = dialog;
    this.#form = dialog.querySelector("form");
    this.#fault = dialog.querySelector("[data-review-dialog-fault]");
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const reason = this.#form.elements.reason.value.trim();
      if (!reason) return this.#refuse();
      dialog.close();
      given(reason);
    });
    dialog.querySelector("[data-review-cancel]").addEventListener("click", () => dialog.close());
  }

  open() {
    this.#form.reset();
    this.#fault.hidden = true;
    this.#form.elements.reason.removeAttribute("aria-invalid");
    this.#dialog.showModal();
    this.#form.elements.reason.focus();
  }

  #refuse() {
    this.#fault.textContent = word("review_needs_reason");
    this.#fault.hidden = false;
    this.#form.elements.reason.setAttribute("aria-invalid", "true");
    this.#form.elements.reason.focus();
  }
}
