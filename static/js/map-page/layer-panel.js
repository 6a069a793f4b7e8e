// The list of all layers in groups: which of them are shown, what is known about their data, a search by name.

import { day, number, word } from "../page/page.js";

export class LayerPanel {
  #element;
  #rows = new Map();
  #tileJson = new Map();

  /** `changed(slug, shown)` is called when the visitor checks or clears a layer. */
  constructor(element, changed) {
    this.#element = element;
    for (const row of element.querySelectorAll("[data-layer]")) {
      const slug = row.dataset.layer;
      this.#rows.set(slug, row);
      this.#box(slug).addEventListener("change", ({ target }) => changed(slug, target.checked));
    }
    const search = element.querySelector("[data-layer-search]");
    search.addEventListener("input", () => this.#search(search.value));
    search.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !search.value) return;
      event.preventDefault();
      search.value = "";
      this.#search("");
    });
  }

  /** Checks exactly these layers. */
  show(slugs) {
    for (const slug of this.#rows.keys()) this.#box(slug).checked = slugs.includes(slug);
  }

  /** Whether one of these layers has invented data. */
  synthetic(slugs) {
    return slugs.some((slug) => this.#about(slug).synthetic && this.#about(slug).features !== 0);
  }

  /** Whether every layer that was described is empty. */
  get empty() {
    return this.#tileJson.size > 0 && [...this.#tileJson.keys()].every((slug) => !this.#about(slug).features);
  }

  /** Shows the source and date of a layer's data; `tileJson` is null where it has none. */
  describe(slug, tileJson) {
    this.#tileJson.set(slug, tileJson);
    const { features = 0, synthetic, data_date: date, licence } = this.#about(slug);
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
    this.#note(slug, "");
  }

  /** Shows that a layer could not be loaded, and offers to try again. */
  fail(slug, again) {
    this.#rows.get(slug).querySelector("[data-count]").textContent = "–";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button-text";
    button.textContent = word("retry");
    button.addEventListener("click", again);
    this.#note(slug, word("layer_failed"), button);
  }

  // Layers whose name contains the words, at any place and with or without diacritics.
  #search(text) {
    const wanted = fold(text).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const row of this.#rows.values()) {
      const named = fold(row.querySelector("[data-layer-words]").textContent);
      row.hidden = !wanted.every((part) => named.includes(part));
      if (!row.hidden) found += 1;
    }
    for (const theme of this.#element.querySelectorAll(".theme")) {
      theme.hidden = !theme.querySelector("[data-layer]:not([hidden])");
    }
    const said = this.#element.querySelector("[data-layers-found]");
    said.textContent = wanted.length ? word("layers_found", { n: found }) : "";
  }

  #about(slug) {
    return this.#tileJson.get(slug)?.geoportal ?? {};
  }

  #box(slug) {
    return this.#rows.get(slug).querySelector("input");
  }

  #note(slug, text, ...more) {
    const note = this.#rows.get(slug).querySelector("[data-note]");
    note.replaceChildren(...(text ? [text, " ", ...more] : []));
    note.hidden = !text;
  }
}

/** A text in small letters without diacritics: "Źródło" is found by "zrodlo". */
export function fold(text) {
  const plain = text.normalize("NFD").replace(/\p{Diacritic}/gu, "");
  return plain.replace(/[łŁ]/g, "l").toLowerCase().trim();
}
