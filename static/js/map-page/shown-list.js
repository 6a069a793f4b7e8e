// The layers on the map, topmost first: their order, opacity, filter and legend.

import { fields } from "../page/api.js";
import { sentence } from "../filter/filter.js";
import { FilterBuilder } from "../filter/builder.js";
import { dragOrder } from "../page/order.js";
import { configuration, number, word } from "../page/page.js";

export class ShownList {
  #list;
  #rows = new Map();
  #fields = new Map();
  #builders = new Map();
  #filters = new Map();
  #tileJson = new Map();
  #listeners;

  /** `listeners`: `moved(slug, to)`, `faded(slug, opacity, done)`, `hidden(slug)`, `filtered(slug, filter or null)`. */
  constructor(element, listeners) {
    this.#list = element;
    this.#listeners = listeners;
    for (const row of element.querySelectorAll("[data-shown]")) this.#connect(row.dataset.shown, row);
    dragOrder(element, "[data-shown-handle]", (row, to) => listeners.moved(row.dataset.shown, to));
  }

  #connect(slug, row) {
    this.#rows.set(slug, row);
    const pressed = (name, act) => this.#part(slug, name).addEventListener("click", act);
    pressed("up", ({ target }) => this.#step(slug, -1, target));
    pressed("down", ({ target }) => this.#step(slug, 1, target));
    pressed("hide", () => this.#listeners.hidden(slug));
    pressed("options", () => this.#toggle(slug));
    const range = this.#part(slug, "opacity");
    range.addEventListener("input", () => this.#fade(slug, range.value / 100, false));
    range.addEventListener("change", () => this.#fade(slug, range.value / 100, true));
    this.#part(slug, "preset")?.addEventListener("change", ({ target }) => {
      this.#listeners.filtered(slug, this.#presets(slug)[target.value].filter);
    });
  }

  /** Shows these layers, `{ slug, opacity }`, topmost first. */
  show(layers) {
    const slugs = layers.map(({ slug }) => slug);
    const focused = this.#list.contains(document.activeElement) ? document.activeElement : null;
    for (const [slug, row] of this.#rows) row.hidden = !slugs.includes(slug);
    const order = [...this.#list.children].filter(({ hidden }) => !hidden).map(({ dataset }) => dataset.shown);
    if (String(order) !== String(slugs)) this.#list.prepend(...slugs.map((slug) => this.#rows.get(slug)));
    if (focused?.isConnected) focused.focus();
    layers.forEach(({ slug, opacity }, at) => {
      this.#opacity(slug, opacity);
      this.#part(slug, "up").disabled = at === 0;
      this.#part(slug, "down").disabled = at === layers.length - 1;
    });
    this.#list.parentElement.querySelector("[data-none-shown]").hidden = layers.length > 0;
  }

  /** Shows the source and date of a layer's data, of its filtered features where there is a filter. */
  describe(slug, tileJson) {
    this.#tileJson.set(slug, tileJson);
    this.#words(slug);
  }

  /** Shows the filter of a layer, CQL2-JSON or null. */
  async filter(slug, filter) {
    this.#filters.set(slug, filter);
    const builder = this.#builders.get(slug);
    if (builder) builder.filter = filter;
    const presets = this.#presets(slug);
    const chosen = presets.findIndex((one) => JSON.stringify(one.filter) === JSON.stringify(filter));
    if (presets.length) this.#part(slug, "preset").value = chosen < 0 ? "" : chosen;
    const table = this.#part(slug, "table");
    table.href = `${table.pathname}${filter ? `?filter=${encodeURIComponent(JSON.stringify(filter))}` : ""}`;
    if (filter && chosen < 0) await this.#known(slug);
    this.#words(slug);
  }

  /** Marks the shown layers that are drawn only at a larger scale. */
  zoomed(zoom) {
    for (const [slug, tileJson] of this.#tileJson) {
      const far = tileJson && zoom < tileJson.minzoom && tileJson.geoportal.features > 0;
      this.#say(slug, "note", far ? word("zoom_closer") : "");
    }
  }

  /** Shows a legend of rows `{ symbol, text }` in place of the layer's own; null brings that back. */
  legend(slug, rows) {
    const live = this.#part(slug, "live");
    live.hidden = !rows?.length;
    this.#part(slug, "legend").hidden = !live.hidden;
    live.replaceChildren(...(rows ?? []).map(legendRow));
  }

  /** Shows whether the map leaves out small features of a layer. */
  simplified(slug, is) {
    this.#part(slug, "simplified").hidden = !is;
  }

  #part(slug, name) {
    return this.#rows.get(slug).querySelector(`[data-shown-${name}]`);
  }

  #presets(slug) {
    return configuration.kinds.find((kind) => kind.slug === slug).presets;
  }

  #step(slug, by, target) {
    const shown = [...this.#list.children].filter(({ hidden }) => !hidden);
    this.#listeners.moved(slug, shown.indexOf(this.#rows.get(slug)) + by);
    const pressed = target.closest("button");
    if (pressed.disabled) this.#part(slug, by < 0 ? "down" : "up").focus();
  }

  async #toggle(slug) {
    const options = this.#part(slug, "settings");
    options.hidden = !options.hidden;
    this.#part(slug, "options").setAttribute("aria-expanded", String(!options.hidden));
    if (options.hidden || this.#builders.has(slug)) return;
    const known = await this.#known(slug);
    if (!known.length || this.#builders.has(slug)) return;
    const builder = new FilterBuilder(this.#part(slug, "filter"), {
      fields: known,
      filter: this.#filters.get(slug) ?? null,
      changed: (filter) => this.#listeners.filtered(slug, filter),
    });
    this.#builders.set(slug, builder);
  }

  async #known(slug) {
    try {
      if (!this.#fields.has(slug)) this.#fields.set(slug, await fields(slug));
    } catch {
      return [];
    }
    return this.#fields.get(slug);
  }

  #fade(slug, opacity, done) {
    this.#opacity(slug, opacity);
    this.#listeners.faded(slug, opacity, done);
  }

  #opacity(slug, opacity) {
    const range = this.#part(slug, "opacity");
    if (Number(range.value) !== Math.round(opacity * 100)) range.value = Math.round(opacity * 100);
    this.#part(slug, "percent").textContent = `${range.value}\u00a0%`;
    this.#part(slug, "legend").style.setProperty("--layer-opacity", opacity);
  }

  // The filter in words, and how much of the layer it leaves.
  #words(slug) {
    const filter = this.#filters.get(slug);
    const { features, all_features: all } = this.#tileJson.get(slug)?.geoportal ?? {};
    const count = all === undefined ? "" : word("filter_count", { n: number(features), all: number(all) });
    const preset = this.#presets(slug).find((one) => JSON.stringify(one.filter) === JSON.stringify(filter));
    const said = filter && !preset ? sentence(filter, this.#fields.get(slug) ?? []) : "";
    this.#say(slug, "words", filter ? [said, count].filter(Boolean).join(" · ") : "");
  }

  #say(slug, name, text) {
    const line = this.#part(slug, name);
    line.textContent = text;
    line.hidden = !text;
  }
}

function legendRow({ symbol, text }) {
  const row = document.createElement("li");
  row.append(symbol, text);
  return row;
}
