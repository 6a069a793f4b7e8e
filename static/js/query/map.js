// The map of an answer: the objects that were found, over the city's base map. A click shows the fields of one.

import { answerFeatures, layer } from "../page/api.js";
import { CityMap } from "../map/city-map.js";
import { drawingLayers, token } from "../page/paint.js";
import { configuration, word } from "../page/page.js";

const SOURCE = "query-answer";
const container = document.querySelector("[data-query-map]");
const state = document.querySelector("[data-map-state]");

let map = null;
try {
  map = new CityMap(container, configuration.kinds, configuration.view);
  document.querySelector(".query-map-words").remove();
} catch {
  container.dataset.state = "failed";
  state.textContent = word("no_graphics");
}
if (map) await begin();

async function begin() {
  container.dataset.state = "loading";
  await map.ready;
  for (const { slug } of configuration.kinds) {
    layer(slug)
      .then((tileJson) => tileJson && map.add(slug, tileJson))
      .catch(() => {}); // Without one of its layers the ground is plainer; the answer is seen.
  }
  try {
    show(await answerFeatures(configuration.query.features));
  } catch (fault) {
    container.dataset.state = "failed";
    state.textContent = fault.detail ?? word("tiles_failed");
  }
}

function show(answer) {
  map.maplibre.addSource(SOURCE, { type: "geojson", data: answer });
  for (const one of drawingLayers(SOURCE, token("sketch"))) map.maplibre.addLayer(one);
  const box = around(answer.features);
  if (box) map.maplibre.fitBounds(box, { padding: 40, maxZoom: 16, animate: false });
  map.maplibre.once("idle", () => {
    container.dataset.state = "ready";
  });
  container.dataset.features = answer.features.length;
  map.onPick((hits, { place }) => tell(place));
}

function tell(place) {
  const { x, y } = map.maplibre.project(place);
  const layers = ["fill", "line", "point"].map((part) => `${SOURCE}-${part}`);
  const [found] = map.maplibre.queryRenderedFeatures([[x - 5, y - 5], [x + 5, y + 5]], { layers });
  state.textContent = found?.properties.said ?? word("nothing_here");
}

function around(features) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const take = (coordinates) => {
    if (typeof coordinates[0] !== "number") {
      coordinates.forEach(take);
      return;
    }
    const [lon, lat] = coordinates;
    [box[0], box[1], box[2], box[3]] = [Math.min(box[0], lon), Math.min(box[1], lat), Math.max(box[2], lon), Math.max(box[3], lat)];
  };
  for (const { geometry } of features) if (geometry) take(geometry.coordinates);
  return features.length ? box : null;
}
