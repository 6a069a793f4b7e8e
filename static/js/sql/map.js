// The geometries of an answer on a map of the city. The map is begun when the first answer has any.

import { layer } from "../page/api.js";
import { configuration, word } from "../page/page.js";

const SOURCE = "sql";
const PICKED = "sql-picked";
const none = ["==", ["get", "row"], -1];
const OF = (shape) => ["==", ["geometry-type"], shape];

export class SqlMap {
  #frame;
  #words;
  #pick;
  #map = null;
  #features = [];

  /** `pick(row)` is called for the row of a geometry that somebody clicks. */
  constructor(frame, words, pick) {
    [this.#frame, this.#words, this.#pick] = [frame, words, pick];
  }

  /** Shows the geometries of an answer, or no map where it has none; `words` name what is left out. */
  async draw(collection, words) {
    this.#features = collection.features;
    this.#words.textContent = words;
    this.#frame.hidden = !this.#features.length;
    if (this.#frame.hidden) return;
    this.#map ??= this.#begun();
    const map = await this.#map;
    if (!map) return;
    map.maplibre.resize();
    map.maplibre.getSource(SOURCE).setData(collection);
    map.maplibre.setFilter(PICKED, none);
    this.#fit(this.#features);
  }

  /** Moves the map to the geometry of a row. */
  async look(row, column) {
    const found = this.#features.filter(({ properties }) => properties.row === row && properties.column === column);
    if (!found.length || !(await this.#map)) return;
    this.#mark(row);
    this.#fit(found);
    this.#frame.scrollIntoView({ block: "nearest" });
  }

  async #begun() {
    const container = this.#frame.querySelector("[data-sql-map]");
    try {
      const { CityMap } = await import("../map/city-map.js");
      const map = new CityMap(container, configuration.kinds, configuration.view);
      map.onState((state) => {
        container.dataset.state = state;
      });
      map.onPick((hits, { place }) => this.#clicked(map, place));
      await map.ready;
      map.arrange([]);
      configuration.kinds.forEach((kind) => this.#base(map, kind));
      map.maplibre.addSource(SOURCE, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
      parts().forEach((part) => map.maplibre.addLayer(part));
      return map;
    } catch {
      container.dataset.state = "failed";
      this.#words.textContent = word("no_graphics");
      return null;
    }
  }

  async #base(map, kind) {
    const plain = await layer(kind.slug).catch(() => null);
    if (plain) map.add(kind.slug, plain, null);
  }

  #clicked(map, place) {
    const layers = parts().map(({ id }) => id);
    const [found] = map.maplibre.queryRenderedFeatures(map.maplibre.project(place), { layers });
    if (!found) return;
    this.#mark(found.properties.row);
    this.#pick(found.properties.row);
  }

  async #mark(row) {
    (await this.#map).maplibre.setFilter(PICKED, ["==", ["get", "row"], row]);
  }

  async #fit(features) {
    const box = bounds(features);
    if (box) (await this.#map).maplibre.fitBounds(box, { padding: 32, animate: false, maxZoom: 18 });
  }
}

function parts() {
  const style = getComputedStyle(document.documentElement);
  const color = style.getPropertyValue("--sketch").trim();
  const focus = style.getPropertyValue("--focus").trim();
  const paper = style.getPropertyValue("--map-paper").trim();
  return [
    { id: "sql-fill", source: SOURCE, type: "fill", filter: OF("Polygon"), paint: { "fill-color": color, "fill-opacity": 0.35 } },
    { id: "sql-line", source: SOURCE, type: "line", paint: { "line-color": color, "line-width": 2 } },
    {
      id: "sql-point",
      source: SOURCE,
      type: "circle",
      filter: OF("Point"),
      paint: { "circle-color": color, "circle-radius": 5, "circle-stroke-color": paper, "circle-stroke-width": 1 },
    },
    { id: PICKED, source: SOURCE, type: "line", filter: none, paint: { "line-color": focus, "line-width": 4 } },
  ];
}

// West, south, east, north of what is drawn; null where nothing is.
function bounds(features) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const reach = (part) => {
    if (Array.isArray(part?.[0])) part.forEach(reach);
    else if (part?.length) {
      [box[0], box[1]] = [Math.min(box[0], part[0]), Math.min(box[1], part[1])];
      [box[2], box[3]] = [Math.max(box[2], part[0]), Math.max(box[3], part[1])];
    }
  };
  const open = (shape) => (shape.geometries ? shape.geometries.forEach(open) : reach(shape.coordinates));
  features.forEach(({ geometry }) => open(geometry));
  return Number.isFinite(box[0]) ? box : null;
}
