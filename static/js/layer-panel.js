// The layer list: which layers are shown, what is known about their data.

import { day, number, word } from "./page.js";

export class LayerPanel {
  #rows = new Map();
  #tileJson = new Map();

  /** `changed(slug, shown)` is called when somebody checks or clears a layer. */
  constructor(element, changed) {
    for (const row of element.querySelectorAll("[data-layer]")) {
      const slug = row.dataset.layer;
      this.#rows.set(slug, row);
      this.#box(slug).addEventListener("change", ({ target }) => {
        this.#legend(slug);
        changed(slug, target.checked);
      });
    }
  }

  get shown() {
    return [...this.#rows.keys()].filter((slug) => this.#box(slug).checked);
  }

  /** Checks exactly these layers. */
  show(slugs) {
    for (const slug of this.#rows.keys()) {
      this.#box(slug).checked = slugs.includes(slug);
      this.#legend(slug);
    }
  }

  /** Whether a shown layer holds invented data. */
  get synthetic() {
    return this.shown.some((slug) => this.#about(slug).synthetic && this.#about(slug).features !== 0);
  }

  /** Whether every layer that was described is empty. */
  get empty() {
    return this.#tileJson.size > 0 && [...this.#tileJson.keys()].every((slug) => this.#about(slug).features === 0);
  }

  /** Tells what is known about a layer's data; `tileJson` is null where it holds none. */
  describe(slug, tileJson) {
    this.#tileJson.set(slug, tileJson ?? { minzoom: 0, geoportal: { features: 0 } });
    const { features, synthetic, data_date: date, licence } = this.#about(slug);
    const row = this.#rows.get(slug);
    const place = (name) => row.querySelector(`[data-${name}]`);
    place("count").textContent = features ? number(features) : word("layer_empty");
    place("synthetic").hidden = !synthetic || !features;
    place("rhythm").hidden = Boolean(synthetic);
    place("date").textContent = day(date) ?? word("layer_empty");
    if (tileJson?.attribution) place("source").textContent = tileJson.attribution;
    if (licence && licence !== place("licence").textContent) place("licence").textContent = licence;
    row.classList.toggle("layer-empty", features === 0);
    if (place("downloads")) place("downloads").hidden = features === 0;
    this.#legend(slug);
    this.#note(slug, "");
  }

  /** Says that a layer did not come, and offers to try again. */
  fail(slug, again) {
    this.#rows.get(slug).querySelector("[data-count]").textContent = "–";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button-text";
    button.textContent = word("retry");
    button.addEventListener("click", again);
    this.#note(slug, word("layer_failed"), button);
  }

  /** Says which shown layers need a closer look to be seen. */
  zoomed(zoom) {
    for (const [slug, { minzoom }] of this.#tileJson) {
      const far = this.#box(slug).checked && zoom < minzoom && this.#about(slug).features !== 0;
      this.#note(slug, far ? word("zoom_closer") : "");
    }
  }

  #about(slug) {
    return this.#tileJson.get(slug)?.geoportal ?? {};
  }

  #box(slug) {
    return this.#rows.get(slug).querySelector("input");
  }

  #legend(slug) {
    this.#rows.get(slug).querySelector("[data-legend]").hidden =
      !this.#box(slug).checked || this.#about(slug).features === 0;
  }

  #note(slug, text, ...more) {
    const note = this.#rows.get(slug).querySelector("[data-note]");
    note.replaceChildren(...(text ? [text, " ", ...more] : []));
    note.hidden = !text;
  }
}
