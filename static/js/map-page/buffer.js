// Surroundings of a shape or of a feature: everything within a distance, computed by the server, as a shape of its own.

import { surroundings } from "../page/api.js";
import { word } from "../page/page.js";

export class Buffer {
  #dialog;
  #what = null;
  #made;

  /** `made(geometry, { distance_m, name })` is called with the computed surroundings. */
  constructor(dialog, made) {
    [this.#dialog, this.#made] = [dialog, made];
    dialog.querySelector("form").addEventListener("submit", (event) => this.#submitted(event));
  }

  /** Opens the dialog for the distance around `{ geometry }` or `{ layer, feature }`, shown as `name`. */
  ask(what, name) {
    this.#what = { what, name };
    this.#dialog.querySelector("[data-buffer-of]").textContent = name;
    this.#fault("");
    this.#dialog.showModal();
    this.#dialog.querySelector("input").select();
  }

  #fault(text) {
    this.#dialog.querySelector("[data-buffer-fault]").textContent = text;
  }

  async #submitted(event) {
    if (event.submitter?.value === "cancel") return;
    event.preventDefault();
    const distance_m = event.target.elements.distance.valueAsNumber;
    this.#dialog.setAttribute("aria-busy", "true");
    try {
      const { geometry } = await surroundings(this.#what.what, distance_m);
      this.#dialog.close();
      this.#made(geometry, { distance_m, name: this.#what.name });
    } catch {
      this.#fault(word("buffer_failed"));
    } finally {
      this.#dialog.removeAttribute("aria-busy");
    }
  }
}
