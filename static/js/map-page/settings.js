// Choice of the base map and of the day as of which data is shown; a banner shows a day other than today.

import { day, word } from "../page/page.js";

export class MapSettings {
  #panel;
  #frame;
  #layers;

  /** Controls are in `panel`, the banner in `frame`. */
  constructor(panel, frame, layers) {
    [this.#panel, this.#frame, this.#layers] = [panel, frame, layers];
    const base = panel.querySelector("[data-base]");
    const at = panel.querySelector("[data-at]");
    base.addEventListener("change", () => layers.setBase(base.value));
    at.addEventListener("change", () => {
      if (at.validity.valid) layers.setAt(at.value === at.max ? "" : at.value);
    });
    frame.querySelector("[data-now]").addEventListener("click", () => {
      layers.setAt("");
      at.focus();
    });
  }

  /** Shows the state of the layers. */
  show() {
    const { at, base } = this.#layers;
    const input = this.#panel.querySelector("[data-at]");
    if (document.activeElement !== input || !at) input.value = at || input.max;
    this.#panel.querySelector("[data-base]").value = base;
    this.#frame.querySelector("[data-past]").hidden = !at;
    this.#frame.classList.toggle("map-frame-past", Boolean(at));
    if (at) this.#frame.querySelector("[data-past-words]").textContent = word("known_on", { date: day(at) });
  }
}
