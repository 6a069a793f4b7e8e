// State of the map: layers in their order with opacity and filter, the moment, the base map.
// It synchronizes the map, the two lists of layers and the page's address.

import { filtersInAddress, inAddress, keepInAddress, layersInAddress, layersText } from "../page/address.js";
import { layer } from "../page/api.js";
import { configuration } from "../page/page.js";

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export class MapLayers {
  #parts;
  #kinds = configuration.kinds;
  #order;
  #shown;
  #opacity = new Map();
  #filters = new Map();
  #at = "";
  #base = "own";
  #asked = new Map();
  #listeners = [];
  #loads = 0;

  /** `parts`: `map` (null where it cannot be drawn), `panel`, `list`, `refused(slug)` for a filter the server refuses. */
  constructor(parts) {
    this.#parts = parts;
    this.#order = configuration.order;
    this.#read();
    this.#show({ keep: false });
  }

  /** The layers on the map, topmost first, as `{ slug, opacity }`. */
  get shown() {
    const slugs = this.#order.filter((slug) => this.#shown.has(slug));
    return slugs.map((slug) => ({ slug, opacity: this.#opacity.get(slug) ?? 1 }));
  }

  /** The filter of a layer as CQL2-JSON, or null. */
  filterOf(slug) {
    return this.#filters.get(slug) ?? null;
  }

  /** The day as of which the data is shown, as "2026-01-31", or "" for now. */
  get at() {
    return this.#at;
  }

  get base() {
    return this.#base;
  }

  /** Calls `listener()` after every change. */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** Whether requests for the layers' TileJSON are open. */
  get busy() {
    return this.#loads > 0;
  }

  /** Requests the TileJSON of all layers, first of those that are drawn. */
  async load() {
    this.#loads += 1;
    const drawn = this.shown.map(({ slug }) => slug);
    const base = this.#kinds.filter(({ basemap }) => basemap.length).map(({ slug }) => slug);
    const order = new Set([...base, ...drawn, ...this.#order]);
    await Promise.all([...order].map((slug) => this.#load(slug)));
    this.#loads -= 1;
    this.#tell();
  }

  show(slug, shown = true) {
    if (shown) this.#shown.add(slug);
    else this.#shown.delete(slug);
    this.#show({ step: true });
  }

  /** Puts a shown layer at a place among the shown ones; 0 is the top. */
  move(slug, to) {
    const slugs = this.shown.map((one) => one.slug).filter((one) => one !== slug);
    slugs.splice(to, 0, slug);
    this.#reorder(slugs);
    this.#show({ step: true });
  }

  /** Sets a layer's opacity; `done` is false while the slider is still moved. */
  fade(slug, opacity, done = true) {
    this.#opacity.set(slug, opacity);
    this.#parts.map?.arrange(this.shown);
    if (done) this.#show();
  }

  /** Sets a layer's filter, CQL2-JSON; null takes it off, or back to the layer's usual one. */
  setFilter(slug, filter) {
    this.#filters.set(slug, filter ?? usual(this.#kind(slug)));
    this.#show({ step: true });
    return this.#load(slug);
  }

  /** Shows the map as it was known at the end of a day, "" for now. */
  setAt(day) {
    this.#at = day;
    this.#show({ step: true });
    return this.load();
  }

  setBase(id) {
    this.#base = id;
    this.#show({ step: true });
  }

  /** Takes over the state in the address; reads again what that changes. */
  async follow() {
    const [at, filters] = [this.#at, new Map(this.#filters)];
    this.#read();
    this.#show({ keep: false });
    if (at !== this.#at) {
      await this.load();
      return;
    }
    const other = this.#kinds.filter(({ slug }) => !same(filters.get(slug), this.#filters.get(slug)));
    await Promise.all(other.map(({ slug }) => this.#load(slug)));
  }

  /** Writes all that is shown into the address, for a link that shows it wherever the defaults change. */
  keepAll() {
    keepInAddress({ layers: layersText(this.shown), ...this.#parted() });
  }

  #kind(slug) {
    return this.#kinds.find((kind) => kind.slug === slug);
  }

  #read() {
    const asked = layersInAddress()?.filter(({ slug }) => this.#kind(slug));
    this.#shown = new Set(asked ? asked.map(({ slug }) => slug) : this.#kinds.filter(({ visible }) => visible).map(({ slug }) => slug));
    this.#order = asked ? this.#order : configuration.order;
    this.#opacity = new Map((asked ?? []).map(({ slug, opacity }) => [slug, opacity]));
    if (asked) this.#reorder(asked.map(({ slug }) => slug));
    const filters = filtersInAddress();
    this.#filters = new Map(this.#kinds.map((kind) => [kind.slug, filters.has(kind.slug) ? filters.get(kind.slug) : usual(kind)]));
    this.#at = /^\d{4}-\d\d-\d\d$/.test(inAddress("at") ?? "") ? inAddress("at") : "";
    const base = inAddress("base");
    this.#base = base === "none" || configuration.base_maps.some(({ id }) => id === base) ? base : "own";
  }

  // Shown layers take, in their new order, the places that shown layers had.
  #reorder(slugs) {
    const places = this.#order.map((slug, at) => (slugs.includes(slug) ? at : -1)).filter((at) => at >= 0);
    const order = [...this.#order];
    places.forEach((place, at) => {
      order[place] = slugs[at];
    });
    this.#order = order;
  }

  #show({ step = false, keep = true } = {}) {
    const { map, panel, list } = this.#parts;
    panel.show([...this.#shown]);
    list.show(this.shown);
    for (const { slug } of this.#kinds) list.filter(slug, this.filterOf(slug));
    map?.setBase(this.#base);
    map?.arrange(this.shown);
    if (keep) keepInAddress({ layers: layersText(this.shown), ...this.#parted() }, { step });
    this.#tell();
  }

  #parted() {
    const filters = this.#kinds.map((kind) => {
      const filter = this.filterOf(kind.slug);
      const text = filter ? encodeURIComponent(JSON.stringify(filter)) : "";
      return [`filter.${kind.slug}`, same(filter, usual(kind)) ? null : text];
    });
    return { ...Object.fromEntries(filters), at: this.#at || null, base: this.#base === "own" ? null : this.#base };
  }

  async #load(slug) {
    this.#loads += 1;
    await this.#ask(slug);
    this.#loads -= 1;
    this.#tell();
  }

  async #ask(slug) {
    const { map, panel, list } = this.#parts;
    const filter = this.filterOf(slug);
    const asked = (this.#asked.get(slug) ?? 0) + 1;
    this.#asked.set(slug, asked);
    try {
      const [plain, filtered] = await Promise.all([
        layer(slug, { at: this.#at }),
        filter ? layer(slug, { at: this.#at, filter: JSON.stringify(filter) }) : null,
      ]);
      if (asked !== this.#asked.get(slug)) return;
      panel.describe(slug, plain);
      list.describe(slug, filtered ?? plain);
      if (plain?.geoportal.all_features) map?.add(slug, plain, filtered);
    } catch (fault) {
      if (asked !== this.#asked.get(slug)) return;
      if (fault.status === 400 && filter) this.#refuse(slug);
      else panel.fail(slug, () => this.#load(slug));
    }
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }

  #refuse(slug) {
    this.#filters.set(slug, usual(this.#kind(slug)));
    this.#show();
    this.#parts.refused(slug);
    this.#load(slug);
  }
}

// The default filter of a layer: of the scenarios of a flood only one is legible at a time.
function usual(kind) {
  return kind.presets[0]?.filter ?? null;
}
