// The map on the page of a study: figures of each square, over the layers that the study read. A click shows them.

import { layer, studyFeatures } from "../page/api.js";
import { CityMap } from "../map/city-map.js";
import { configuration, word } from "../page/page.js";

const { study } = configuration;
const container = document.querySelector("[data-study-map]");
const square = document.querySelector("[data-study-square]");
const WORDS = "words-begin";
const PICKED = "result-picked";
const none = ["==", ["get", "source_id"], ""];

let map = null;
try {
  map = new CityMap(container, configuration.kinds, configuration.view);
  document.querySelector(".study-map-words").remove();
} catch {
  container.dataset.state = "failed";
  square.textContent = word("no_graphics");
}
if (map) await begin();

async function begin() {
  let asked = false;
  map.onState((state) => {
    container.dataset.state = asked ? state : "loading";
  });
  map.onPick((hits, { place }) => tell(place));
  map.onFault(() => say(word("tiles_failed")));
  map.maplibre.fitBounds(study.around, { padding: 24, animate: false });
  await map.ready;
  map.arrange(study.shown.filter((slug) => !study.results.includes(slug)).map((slug) => ({ slug, opacity: 1 })));
  await Promise.all(configuration.kinds.filter(({ slug }) => !study.results.includes(slug)).map(load));
  await Promise.all(study.results.map(loadResult));
  asked = true;
  map.maplibre.triggerRepaint();
}

function say(text) {
  square.textContent = text;
}

async function load(kind) {
  try {
    const filter = study.shown.includes(kind.slug) ? kind.presets[0]?.filter : null;
    const [plain, filtered] = await Promise.all([
      layer(kind.slug),
      filter ? layer(kind.slug, { filter: JSON.stringify(filter) }) : null,
    ]);
    if (plain) map.add(kind.slug, plain, filtered);
  } catch {
    say(word("tiles_failed"));
  }
}

// Squares come whole, not as tiles: a trial's have none, and they lie above the ways and beneath the words.
async function loadResult(slug) {
  try {
    const source = `result-${slug}`;
    map.maplibre.addSource(source, { type: "geojson", data: await studyFeatures(study.page, slug) });
    const { style } = configuration.kinds.find((kind) => kind.slug === slug);
    style.forEach(({ minzoom: _, ...part }, index) => put({ ...part, id: `${source}-${index}`, source }));
    put({ ...picked(), id: `${PICKED}-${slug}`, source });
  } catch {
    say(word("tiles_failed"));
  }
}

function put(part) {
  map.maplibre.addLayer(part, map.maplibre.getLayer(WORDS) ? WORDS : undefined);
}

function picked() {
  const color = getComputedStyle(document.documentElement).getPropertyValue("--focus").trim();
  return { type: "line", filter: none, paint: { "line-color": color, "line-width": 3 } };
}

function tell(place) {
  const ids = study.results.map((slug) => `result-${slug}-0`).filter((id) => map.maplibre.getLayer(id));
  const [found] = map.maplibre.queryRenderedFeatures(map.maplibre.project(place), { layers: ids });
  for (const slug of study.results) {
    const id = `${PICKED}-${slug}`;
    const filter = found ? ["==", ["get", "source_id"], found.properties.source_id] : none;
    if (map.maplibre.getLayer(id)) map.maplibre.setFilter(id, filter);
  }
  if (found) show(list(found.properties.said));
  else say(word("study_no_square"));
}

// MapLibre returns nested values unchanged or, from a worker's tile, as JSON text.
function list(value) {
  return typeof value === "string" ? JSON.parse(value) : value;
}

function show(rows) {
  square.replaceChildren(
    ...rows.map(([title, words]) => {
      const line = document.createElement("span");
      const figure = document.createElement("strong");
      figure.textContent = words;
      line.append(`${title}: `, figure);
      return line;
    }),
  );
}
