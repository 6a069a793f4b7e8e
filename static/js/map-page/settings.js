// Which base map is drawn, and as of which day the map is known; a banner says so while it is not today.

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

  /** Shows what the layers say. */
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
