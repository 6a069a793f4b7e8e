// Selection of several features: by clicks with Shift, one by one with the tool, or all within a rectangle; listed by
// layer with their number and sums, with a link to the table.

import { summary } from "../page/api.js";
import { icon } from "../page/icons.js";
import { number, word } from "../page/page.js";
import { panelOf } from "../page/panels.js";
import { Sketch } from "../drawing/sketch.js";

const MOST = 500;
const LISTED = 12;
const KEPT = 40;
const LONGEST_ADDRESS = 6000;

export class Selection {
  #city;
  #toolbar;
  #sketch;
  #panel = panelOf("select");
  #hits = new Map();
  #way = "click";
  #asked = 0;
  #boxes = [];
  #listeners;

  /** `shown(hit)` opens the card of one; `zoomed(bbox)` zooms to all; `kept(hits)` writes them into the address. */
  constructor(city, toolbar, listeners) {
    [this.#city, this.#toolbar, this.#listeners] = [city, toolbar, listeners];
    this.#sketch = new Sketch(city, { changed: () => {}, finished: (geometry) => this.#within(geometry) });
    for (const button of this.#panel.querySelectorAll("[data-select-way]")) {
      button.addEventListener("click", () => this.#choose(button.dataset.selectWay));
    }
    this.#part("clear").addEventListener("click", () => this.clear());
    this.#part("centre").addEventListener("click", () => this.#atCentre());
    this.#part("zoom").addEventListener("click", () => this.#boxes.length && this.#zoom());
    toolbar.add({
      id: "select",
      icon: "select",
      title: word("select"),
      panel: this.#panel,
      takesClicks: true,
      toggled: (on) => (on ? this.#choose(this.#way) : this.#rest()),
    });
  }

  /** Toggles these hits in the selection; turns the tool on. */
  toggle(hits) {
    for (const hit of hits) {
      const key = keyOf(hit);
      if (this.#hits.has(key)) this.#hits.delete(key);
      else if (this.#hits.size < MOST) this.#hits.set(key, hit);
    }
    this.#toolbar.on("select");
    this.#tell();
  }

  /** Selects these and no others; turns the tool on. */
  set(hits) {
    this.#hits = new Map(hits.slice(0, MOST).map((hit) => [keyOf(hit), hit]));
    this.#toolbar.on("select");
    this.#tell();
  }

  /** What a click means while the tool is on. */
  clicked(hits) {
    if (this.#way === "click" && hits.length) this.toggle(hits.slice(0, 1));
  }

  clear() {
    this.#hits.clear();
    this.#tell();
  }

  #part(name) {
    return this.#panel.querySelector(`[data-select-${name}]`);
  }

  #choose(way) {
    this.#way = way;
    for (const button of this.#panel.querySelectorAll("[data-select-way]")) {
      button.setAttribute("aria-pressed", String(button.dataset.selectWay === way));
    }
    if (way === "rectangle") this.#sketch.start("rectangle");
    else this.#sketch.stop();
    this.#tell();
  }

  #rest() {
    this.#sketch.stop();
    this.#asked += 1;
    this.#hits.clear();
    this.#city.pick([]);
    this.#listeners.kept([]);
  }

  #atCentre() {
    if (this.#way === "rectangle") this.#sketch.addAtCentre();
    else this.clicked(this.#city.hitsAt(this.#city.maplibre.project(this.#city.maplibre.getCenter()), 12));
  }

  #within({ coordinates: [[one, , other]] }) {
    const corners = [one, other].map((position) => this.#city.maplibre.project(position));
    const [xs, ys] = [corners.map(({ x }) => x), corners.map(({ y }) => y)];
    const hits = this.#city.hitsWithin([
      [Math.min(...xs), Math.min(...ys)],
      [Math.max(...xs), Math.max(...ys)],
    ]);
    const fresh = hits.filter((hit) => !this.#hits.has(keyOf(hit)));
    for (const hit of fresh.slice(0, MOST - this.#hits.size)) this.#hits.set(keyOf(hit), hit);
    this.#sketch.start("rectangle");
    this.#tell(fresh.length && this.#hits.size >= MOST ? word("select_many", { n: MOST }) : "");
  }

  async #tell(more = "") {
    const asked = ++this.#asked;
    const hits = [...this.#hits.values()];
    this.#city.pick(hits);
    this.#part("some").hidden = !hits.length;
    const hint = hits.length ? word("select_count", { n: number(hits.length) }) : word(`select_${this.#way}`);
    this.#part("hint").textContent = [hint, more].filter(Boolean).join(" ");
    if (!hits.length) {
      this.#part("result").replaceChildren();
      this.#listeners.kept([]);
      return;
    }
    const groups = Map.groupBy(hits, ({ layer }) => layer);
    const keys = Object.fromEntries([...groups].map(([layer, members]) => [layer, members.map(({ key }) => key)]));
    try {
      const { layers } = await summary(keys);
      if (asked === this.#asked) this.#show(layers);
    } catch {
      if (asked === this.#asked) this.#part("hint").textContent = word("select_failed");
    }
  }

  #show(layers) {
    this.#boxes = layers.map(({ bbox }) => bbox).filter(Boolean);
    this.#part("result").replaceChildren(...layers.map((layer) => this.#layer(layer)));
    const all = layers.flatMap(({ layer, features }) => features.map((one) => ({ layer, id: one.feature_id })));
    this.#listeners.kept(all.length <= KEPT ? all : []); // More would not fit into an address that can be sent.
    for (const { layer, features } of layers) {
      for (const { feature_id: id, version_id: version } of features) {
        const hit = this.#hits.get(keyOf({ layer, key: id })) ?? this.#hits.get(keyOf({ layer, key: String(version) }));
        if (hit) hit.version ??= version;
      }
    }
    this.#city.pick([...this.#hits.values()]);
  }

  #layer({ layer, title, count, features, sums, filter }) {
    const section = document.createElement("section");
    const heading = document.createElement("h3");
    heading.textContent = `${title}: ${number(count)}`;
    const list = document.createElement("ul");
    list.className = "selected-list";
    list.append(...features.slice(0, LISTED).map((feature) => this.#row(layer, feature)));
    section.append(heading, list);
    if (features.length > LISTED) section.append(text("p", "tool-hint", word("select_more", { n: number(features.length - LISTED) })));
    for (const sum of sums) section.append(text("p", "selected-sum", sumText(sum, count)));
    const address = `/catalogue/${layer}/table/?filter=${encodeURIComponent(filter)}`;
    if (address.length < LONGEST_ADDRESS) section.append(table(address));
    return section;
  }

  #row(layer, { feature_id: id, version_id: version, title }) {
    const row = document.createElement("li");
    const open = text("button", "button-text", title);
    open.type = "button";
    open.addEventListener("click", () => this.#listeners.shown({ layer, key: id, version }));
    const out = text("button", "button-icon", "");
    out.type = "button";
    out.title = word("select_out", { title });
    out.setAttribute("aria-label", out.title);
    out.append(icon("close"));
    out.addEventListener("click", () => this.#takeOut(layer, [id, String(version)]));
    row.append(open, out);
    return row;
  }

  #takeOut(layer, keys) {
    for (const key of keys) this.#hits.delete(keyOf({ layer, key }));
    this.#tell();
  }

  #zoom() {
    const edge = (at, pick) => pick(...this.#boxes.map((box) => box[at]));
    this.#listeners.zoomed([edge(0, Math.min), edge(1, Math.min), edge(2, Math.max), edge(3, Math.max)]);
  }
}

function keyOf({ layer, key }) {
  return `${layer}/${key}`;
}

function sumText({ title, text: value, known }, count) {
  return known < count ? word("select_sum_known", { title, value, known, count }) : `${title}: ${value}`;
}

function table(address) {
  const link = text("a", "card-action", word("card_table"));
  link.href = address;
  link.prepend(icon("table"));
  return link;
}

function text(name, className, content) {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = content;
  return element;
}
