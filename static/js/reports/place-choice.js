// The page on which a place is chosen: suggestions while one types, and an area drawn on the map.

import { layer, places } from "../page/api.js";
import { CityMap } from "../map/city-map.js";
import { configuration, number, word } from "../page/page.js";

const WAIT_MS = 250;
const SHORTEST = 2;
const EARTH_M = 6371008.8;
const DRAWN = "report-area";
const COLOR = "#b3134f";

const part = (name) => document.querySelector(`[data-${name}]`);

suggest(part("search"), part("found"));
draw();

function suggest(form, list) {
  const input = form.elements.q;
  let timer = 0;
  let asked = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    const text = input.value.trim();
    const mine = (asked += 1);
    if (text.length < SHORTEST) return;
    timer = setTimeout(async () => {
      try {
        const { results } = await places(text);
        if (mine === asked) list.replaceChildren(results.length ? found(results) : nothing(text));
      } catch {
        // The form still works: sent with Enter, the server answers with a page.
      }
    }, WAIT_MS);
  });
}

function found(results) {
  const list = document.createElement("ul");
  list.className = "reports-found";
  for (const result of results) {
    const link = document.createElement("a");
    const detail = document.createElement("small");
    link.href = report(result);
    detail.textContent = [result.type_title, result.detail].filter(Boolean).join(" · ");
    link.append(result.title, detail);
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  return list;
}

function report({ layer: slug, feature_id: id, center }) {
  if (slug && id) return `/reports/place/?layer=${slug}&feature=${id}`;
  return `/reports/place/?point=${center.map((value) => value.toFixed(6)).join(",")}`;
}

function nothing(text) {
  const line = document.createElement("p");
  line.className = "reports-state";
  line.textContent = word("reports_nothing", { text });
  return line;
}

async function draw() {
  part("draw").hidden = false;
  let map;
  try {
    map = new CityMap(part("map"), configuration.kinds, configuration.view);
  } catch {
    part("state").textContent = word("no_graphics");
    return;
  }
  await map.ready;
  const sketch = new Sketch(map.maplibre);
  for (const { slug } of configuration.kinds) {
    layer(slug)
      .then((tileJson) => tileJson && map.add(slug, tileJson))
      .catch(() => {}); // Without one of its layers the ground is plainer; drawing works.
  }
  sketch.begin();
}

class Sketch {
  #map;
  #corners = [];
  #source = null;

  constructor(map) {
    this.#map = map;
  }

  begin() {
    this.#map.addSource(DRAWN, { type: "geojson", data: this.#shape() });
    this.#source = this.#map.getSource(DRAWN);
    this.#map.addLayer({ id: `${DRAWN}-fill`, type: "fill", source: DRAWN, paint: { "fill-color": COLOR, "fill-opacity": 0.14 } });
    this.#map.addLayer({ id: `${DRAWN}-line`, type: "line", source: DRAWN, paint: { "line-color": COLOR, "line-width": 2.5 } });
    this.#map.addLayer({
      id: `${DRAWN}-corners`,
      type: "circle",
      source: DRAWN,
      filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-radius": 5, "circle-color": COLOR, "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 },
    });
    this.#map.doubleClickZoom.disable();
    this.#map.getCanvas().style.cursor = "crosshair";
    this.#map.on("click", ({ lngLat }) => this.#set(lngLat));
    this.#map.getCanvas().addEventListener("keydown", (event) => this.#pressed(event));
    part("back").addEventListener("click", () => this.#keep(this.#corners.slice(0, -1)));
    part("clear").addEventListener("click", () => this.#keep([]));
    part("map").dataset.ready = "true";
  }

  #pressed(event) {
    if (event.key === "Enter") this.#set(this.#map.getCenter());
    else if (event.key === "Backspace") this.#keep(this.#corners.slice(0, -1));
    else return;
    event.preventDefault();
  }

  #set({ lng, lat }) {
    this.#keep([...this.#corners, [lng, lat].map((value) => Math.round(value * 1e7) / 1e7)]);
  }

  #keep(corners) {
    this.#corners = corners;
    for (const id of [`${DRAWN}-fill`, `${DRAWN}-line`, `${DRAWN}-corners`]) this.#map.moveLayer(id);
    this.#source.setData(this.#shape());
    const area = corners.length > 2;
    part("back").disabled = part("clear").disabled = !corners.length;
    part("go").disabled = !area;
    part("area").value = area ? JSON.stringify(this.#polygon()) : "";
    part("state").textContent = this.#words(area);
  }

  #words(area) {
    if (!this.#corners.length) return word("reports_no_corner");
    if (!area) return word("reports_corners", { n: this.#corners.length });
    return word("reports_area", { n: this.#corners.length, area: size(squareMetres(this.#corners)) });
  }

  #polygon() {
    return { type: "Polygon", coordinates: [[...this.#corners, this.#corners[0]]] };
  }

  #shape() {
    const points = this.#corners.map((coordinates) => ({ type: "Point", coordinates }));
    const line = this.#corners.length > 1 ? [{ type: "LineString", coordinates: this.#corners }] : [];
    const geometries = [...points, ...(this.#corners.length > 2 ? [this.#polygon()] : line)];
    return {
      type: "FeatureCollection",
      features: geometries.map((geometry) => ({ type: "Feature", properties: {}, geometry })),
    };
  }
}

// An approximation for display while drawing; the report measures the area in the city's system.
function squareMetres(corners) {
  const rad = Math.PI / 180;
  const shrink = Math.cos(corners[0][1] * rad);
  const flat = corners.map(([lng, lat]) => [lng * rad * EARTH_M * shrink, lat * rad * EARTH_M]);
  const doubled = flat.reduce((sum, [x, y], at) => {
    const [nextX, nextY] = flat[(at + 1) % flat.length];
    return sum + x * nextY - nextX * y;
  }, 0);
  return Math.abs(doubled) / 2;
}

function size(value) {
  if (value < 1e4) return `${number(Math.round(value))} m²`;
  return value < 1e6 ? `${number(value / 1e4)} ha` : `${number(value / 1e6)} km²`;
}
