// The map of an upload: its first objects, or what a dry run would change, over the city's own map.

import { layer, uploadShapes } from "../page/api.js";
import { CityMap } from "../map/city-map.js";
import { configuration, word } from "../page/page.js";

const SOURCE = "upload";
const WORDS = "words-begin";
const container = document.querySelector("[data-upload-map]");
const words = container.parentElement.querySelector(".upload-map-words");

let map = null;
try {
  map = new CityMap(container, configuration.kinds, configuration.view);
  words.remove();
} catch {
  container.dataset.state = "failed";
  words.textContent = word("no_graphics");
}
if (map) await begin();

async function begin() {
  map.maplibre.scrollZoom.disable(); // the page scrolls over the map
  const [shapes] = await Promise.all([uploadShapes(container.dataset.uploadMap), map.ready]);
  map.arrange([]);
  await Promise.all(configuration.kinds.map(async (kind) => {
    const base = await layer(kind.slug);
    if (base) map.add(kind.slug, base);
  }));
  map.maplibre.addSource(SOURCE, { type: "geojson", data: shapes });
  parts().forEach(put);
  const around = box(shapes);
  if (around) map.maplibre.fitBounds(around, { padding: 40, maxZoom: 17, animate: false });
  map.onState((state) => container.dataset.state = state);
  map.maplibre.triggerRepaint();
}

function put(part) {
  map.maplibre.addLayer({ ...part, source: SOURCE }, map.maplibre.getLayer(WORDS) ? WORDS : undefined);
}

function parts() {
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(name).trim();
  const color = ["match", ["get", "what"], "added", token("--shape-3"), "changed", token("--shape-4"), "ended", token("--pin"), token("--sketch")];
  return [
    { id: "upload-fill", type: "fill", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": color, "fill-opacity": 0.35 } },
    { id: "upload-line", type: "line", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": color, "line-width": 2 } },
    {
      id: "upload-point",
      type: "circle",
      filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-color": color, "circle-radius": 6, "circle-stroke-color": token("--map-paper"), "circle-stroke-width": 1.5 },
    },
  ];
}

function box(shapes) {
  const found = [Infinity, Infinity, -Infinity, -Infinity];
  const walk = (part) => {
    if (typeof part[0] === "number") {
      const [x, y] = part;
      found.splice(0, 4, Math.min(found[0], x), Math.min(found[1], y), Math.max(found[2], x), Math.max(found[3], y));
    } else part.forEach(walk);
  };
  // Single objects far from the city would make all others too small to be seen.
  const [west, south, east, north] = configuration.bounds;
  const near = ([x, y]) => x > west && x < east && y > south && y < north;
  const first = (part) => (typeof part[0] === "number" ? part : first(part[0]));
  const parts = shapes.features.flatMap(({ geometry }) => geometry.geometries ?? [geometry]).map((one) => one.coordinates);
  parts.filter((part) => part.length && near(first(part))).forEach(walk);
  return Number.isFinite(found[0]) ? found : null;
}
