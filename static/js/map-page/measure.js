// The measuring tool: while drawing it computes lengths and areas on the ellipsoid here; the server computes those of
// the finished shape, on the ellipsoid and on the plane of the city's coordinate system.

import { measures } from "../page/api.js";
import { area, areaText, length, lengthText } from "../drawing/geodesy.js";
import { collection, drawingLayers, featureOf, token } from "../page/paint.js";
import { panelOf } from "../page/panels.js";
import { configuration, word } from "../page/page.js";
import { Sketch } from "../drawing/sketch.js";

const SOURCE = "measured";

export class Measure {
  #map;
  #sketch;
  #panel = panelOf("measure");
  #form = "line";
  #asked = 0;

  constructor(city, toolbar) {
    this.#map = city.maplibre;
    this.#sketch = new Sketch(city, {
      changed: (geometry, points) => this.#live(geometry, points),
      finished: (geometry) => this.#finish(geometry),
    });
    for (const button of this.#panel.querySelectorAll("[data-measure-form]")) {
      button.addEventListener("click", () => this.#begin(button.dataset.measureForm));
    }
    this.#part("centre").addEventListener("click", () => this.#sketch.addAtCentre());
    this.#part("undo").addEventListener("click", () => this.#sketch.undo());
    this.#part("finish").addEventListener("click", () => this.#sketch.finish());
    this.#part("again").addEventListener("click", () => this.#begin(this.#form));
    toolbar.add({
      id: "measure",
      icon: "measure",
      title: word("measure"),
      panel: this.#panel,
      takesClicks: true,
      toggled: (on) => (on ? this.#begin(this.#form) : this.#end()),
    });
  }

  #part(name) {
    return this.#panel.querySelector(`[data-measure-${name}]`);
  }

  #begin(form) {
    this.#form = form;
    for (const button of this.#panel.querySelectorAll("[data-measure-form]")) {
      button.setAttribute("aria-pressed", String(button.dataset.measureForm === form));
    }
    this.#asked += 1;
    this.#show(null);
    this.#result([]);
    this.#sketch.start(form);
  }

  #end() {
    this.#asked += 1;
    this.#sketch.stop();
    this.#show(null);
  }

  #live(geometry, points) {
    this.#part("undo").disabled = points === 0;
    this.#part("finish").disabled = !this.#sketch.complete;
    this.#part("drawing").hidden = false;
    this.#part("done").hidden = true;
    this.#part("hint").textContent = points ? word("measure_more") : word("measure_start");
    this.#part("live").textContent = liveText(geometry, this.#form);
  }

  async #finish(geometry) {
    const asked = ++this.#asked;
    this.#sketch.stop();
    this.#show(geometry);
    this.#part("live").textContent = "";
    this.#part("drawing").hidden = true;
    this.#part("done").hidden = false;
    this.#part("again").focus({ preventScroll: true });
    this.#part("hint").textContent = word("measure_asking");
    try {
      const found = await measures(geometry);
      if (asked === this.#asked) this.#result(lines(found, geometry));
    } catch {
      if (asked === this.#asked) this.#part("hint").textContent = word("measure_failed");
    }
  }

  #result(rows) {
    this.#part("hint").textContent = "";
    this.#part("result").replaceChildren(...rows.map(resultRow));
  }

  #show(geometry) {
    if (!this.#map.getSource(SOURCE)) {
      this.#map.addSource(SOURCE, { type: "geojson", data: collection() });
      for (const layer of drawingLayers(SOURCE, token("sketch"))) this.#map.addLayer(layer);
    }
    this.#map.getSource(SOURCE).setData(collection(geometry ? [featureOf(geometry)] : []));
  }
}

function liveText(geometry, form) {
  if (!geometry || geometry.type === "Point") return "";
  const positions = geometry.type === "Polygon" ? geometry.coordinates[0] : geometry.coordinates;
  if (form === "line" || positions.length < 3) return lengthText(length(positions));
  return areaText(area(positions));
}

// Both figures, each with the name of the surface on which it is true.
function lines(found, { type }) {
  const grid = word("measure_grid", { system: configuration.system });
  const ground = word("measure_ground");
  const lengths = [
    [ground, lengthText(found.geodesic_length_m)],
    [grid, lengthText(found.grid_length_m)],
  ];
  if (type !== "Polygon") return [[word("measure_length"), lengths]];
  const areas = [
    [ground, areaText(found.geodesic_area_m2)],
    [grid, areaText(found.grid_area_m2)],
  ];
  return [
    [word("measure_area"), areas],
    [word("measure_perimeter"), lengths],
  ];
}

function resultRow([title, rows]) {
  const section = document.createElement("section");
  const heading = document.createElement("h3");
  heading.textContent = title;
  const list = document.createElement("dl");
  list.className = "facts";
  for (const [name, value] of rows) {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    const meaning = document.createElement("dd");
    [term.textContent, meaning.textContent] = [name, value];
    row.append(term, meaning);
    list.append(row);
  }
  section.append(heading, list);
  return section;
}
