// The area of a question: drawn on a small map, or read from a file; it is GeoJSON in the form.

import { areaOfFile, layer } from "../page/api.js";
import { CityMap } from "../map/city-map.js";
import { sizeText } from "../drawing/geodesy.js";
import { collection, drawingLayers, featureOf, token } from "../page/paint.js";
import { configuration, word } from "../page/page.js";
import { ShapeFault, read } from "../drawing/shapes.js";
import { Sketch } from "../drawing/sketch.js";

const SOURCE = "query-area";
const MOST_BYTES = 1_000_000;

export class QueryArea {
  #form;
  #changed;
  #text;
  #state;
  #map = null;
  #sketch = null;

  /** The tools of the form's step “Where?”; `changed()` is called when there is another area. */
  constructor(form, changed) {
    [this.#form, this.#changed] = [form, changed];
    this.#text = form.elements.area;
    this.#state = this.#part("state");
    this.#part("tools").hidden = false;
    this.#part("details").addEventListener("toggle", () => this.#open());
    this.#part("open").addEventListener("click", () => this.#part("file").click());
    this.#part("file").addEventListener("change", () => this.#readFile());
    this.#part("clear").addEventListener("click", () => this.clear());
    this.#text.addEventListener("change", () => this.#show());
    for (const button of form.querySelectorAll("[data-form]")) {
      button.addEventListener("click", () => this.#begin(button.dataset.form));
    }
    this.#open();
  }

  /** Takes the area away. */
  clear() {
    this.#text.value = "";
    this.#rest();
    this.#show();
  }

  #part(name) {
    return this.#form.querySelector(`[data-area-${name}]`);
  }

  // The map is made when its fold is opened for the first time.
  async #open() {
    if (!this.#part("details").open || this.#map) return;
    try {
      this.#map = new CityMap(this.#part("map"), configuration.kinds, configuration.view);
    } catch {
      this.#state.textContent = word("no_graphics");
      return;
    }
    await this.#map.ready;
    this.#map.maplibre.addSource(SOURCE, { type: "geojson", data: collection() });
    for (const one of drawingLayers(SOURCE, token("sketch"))) this.#map.maplibre.addLayer(one);
    this.#sketch = new Sketch(this.#map, {
      changed: (geometry, points) => points && (this.#state.textContent = sizeText(geometry)),
      finished: (geometry) => this.#finished(geometry),
    });
    this.#show();
    this.#part("map").dataset.state = "ready";
    for (const { slug } of configuration.kinds) {
      layer(slug)
        .then((tileJson) => tileJson && this.#map.add(slug, tileJson))
        .catch(() => {}); // Without one of its layers the ground is plainer; drawing works.
    }
  }

  #begin(form) {
    if (!this.#sketch || this.#sketch.form === form) {
      this.#rest();
      return;
    }
    this.#sketch.start(form);
    this.#state.textContent = word(`draw_${form}`);
    this.#press(form);
  }

  #rest() {
    this.#sketch?.stop();
    this.#press(null);
  }

  #press(form) {
    for (const button of this.#form.querySelectorAll("[data-form]")) {
      button.setAttribute("aria-pressed", String(button.dataset.form === form));
    }
  }

  #finished(geometry) {
    this.#rest();
    this.#set([geometry]);
  }

  async #readFile() {
    const [file] = this.#part("file").files;
    this.#part("file").value = "";
    if (!file) return;
    try {
      if (file.size > MOST_BYTES) throw new ShapeFault("query_file_large");
      const plain = /\.(geo)?json$/i.test(file.name);
      const shapes = read(plain ? await file.text() : JSON.stringify(await areaOfFile(file)));
      const areas = shapes.map(({ geometry }) => geometry).filter(({ type }) => type === "Polygon");
      if (!areas.length) throw new ShapeFault("query_no_areas");
      this.#set(areas);
    } catch (problem) {
      this.#state.textContent = problem instanceof ShapeFault ? word(problem.word, problem.values) : problem.detail ?? word("query_file_failed");
    }
  }

  #set(areas) {
    const whole = areas.length === 1 ? areas[0] : { type: "MultiPolygon", coordinates: areas.map(({ coordinates }) => coordinates) };
    this.#text.value = JSON.stringify(whole);
    this.#show();
    this.#changed();
  }

  #show() {
    const text = this.#text.value.trim();
    this.#part("clear").hidden = !text;
    let shapes = [];
    try {
      shapes = text ? read(text) : [];
      this.#state.textContent = text ? word("query_area_set", { size: shapes.map(({ geometry }) => sizeText(geometry)).join(", ") }) : word("query_area_none");
    } catch (problem) {
      this.#state.textContent = word(problem.word ?? "query_file_failed", problem.values);
    }
    this.#map?.maplibre.getSource(SOURCE)?.setData(collection(shapes.map(({ geometry }) => featureOf(geometry))));
    if (shapes.length) this.#look(shapes);
  }

  #look(shapes) {
    const positions = shapes.flatMap(({ geometry }) => geometry.coordinates.flat());
    const [lons, lats] = [0, 1].map((axis) => positions.map((position) => position[axis]));
    this.#map?.maplibre.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], { padding: 40, maxZoom: 17, animate: false });
  }
}
