// The drawing tool: points, lines and areas with a name and a colour, editing of their corners, saving to and reading
// from GeoJSON. Drawn shapes are stored in this browser only.

import { sizeText } from "../drawing/geodesy.js";
import { ShapeRows } from "../drawing/shape-rows.js";
import { ShapeEditor } from "../drawing/shape-editor.js";
import { ShapeFault, read, shape } from "../drawing/shapes.js";
import { collection, token } from "../page/paint.js";
import { panelOf } from "../page/panels.js";
import { word } from "../page/page.js";
import { Sketch } from "../drawing/sketch.js";
import { writtenShapes } from "../drawing/written-shapes.js";

const SOURCE = "shapes";
const COLORS = [1, 2, 3, 4, 5];
const NARROW = 700;
const PADDING = { top: 110, bottom: 70, left: 60, right: 420 };
const MOST_BYTES = 2_000_000;
const LABELS = { "text-field": ["get", "label"], "text-font": ["Noto Sans"], "text-size": 13 };
const PLACED = {
  Point: { "text-anchor": "top", "text-offset": [0, 0.7] },
  LineString: { "symbol-placement": "line-center", "text-offset": [0, -0.9] },
  Polygon: {},
};

export class Draw {
  #city;
  #map;
  #shapes;
  #toolbar;
  #sketch;
  #editor;
  #rows;
  #dialog;
  #panel = panelOf("draw");

  /** Draws `shapes` on the map; `around(shape)` is called to compute the surroundings of one. */
  constructor(city, toolbar, shapes, { dialog, around }) {
    [this.#city, this.#map, this.#toolbar, this.#shapes] = [city, city.maplibre, toolbar, shapes];
    this.#dialog = dialog;
    this.#sketch = new Sketch(city, {
      changed: (geometry, points) => this.#drawing(geometry, points),
      finished: (geometry) => this.#finished(geometry),
    });
    this.#editor = new ShapeEditor(city, ({ id }, geometry) => shapes.change(id, { geometry }));
    this.#rows = new ShapeRows(this.#part("list"), shapes, {
      zoom: (one) => this.zoom([one]),
      edit: (one) => this.#edit(one),
      around,
    });
    this.#listen();
    toolbar.add({
      id: "draw",
      icon: "draw",
      title: word("draw"),
      panel: this.#panel,
      takesClicks: true,
      toggled: (on) => (on ? this.#tell() : this.#rest()),
    });
    shapes.onChange(() => this.#tell());
    this.#tell();
  }

  /** Adds shapes and looks at them. */
  add(shapes) {
    this.#tried(() => this.zoom(this.#shapes.add(shapes)));
  }

  /** Turns the tool on. */
  open() {
    this.#toolbar.on("draw");
  }

  /** Moves the map so that these shapes are seen. */
  zoom(shapes) {
    const positions = shapes.flatMap(({ geometry }) => flat(geometry.coordinates));
    const [lons, lats] = [0, 1].map((axis) => positions.map((position) => position[axis]));
    const box = [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
    const { clientWidth: width, clientHeight: height } = this.#city.canvas;
    const padding = width < NARROW ? { top: 110, bottom: height * 0.5, left: 30, right: 60 } : PADDING;
    this.#map.fitBounds(box, { padding, maxZoom: Math.max(17, this.#city.zoom) });
  }

  #part(name) {
    return this.#panel.querySelector(`[data-draw-${name}]`);
  }

  get #color() {
    return Number(this.#panel.querySelector("input[name=draw-color]:checked").value);
  }

  #listen() {
    const pressed = {
      centre: () => this.#sketch.addAtCentre(),
      back: () => this.#sketch.undo(),
      finish: () => this.#sketch.finish(),
      undo: () => this.#undo(),
      coordinates: () => this.#askCoordinates(),
      export: () => this.#save(),
      import: () => this.#part("file").click(),
    };
    for (const [name, listener] of Object.entries(pressed)) this.#part(name).addEventListener("click", listener);
    this.#part("file").addEventListener("change", () => this.#open());
    this.#dialog.querySelector("form").addEventListener("submit", (event) => this.#written(event));
    for (const button of this.#panel.querySelectorAll("[data-draw-form]")) {
      button.addEventListener("click", () => this.#begin(button.dataset.drawForm));
    }
  }

  #begin(form) {
    if (this.#sketch.form === form) {
      this.#rest();
      return;
    }
    this.#editor.stop();
    this.#sketch.start(form);
    this.#tell();
  }

  #rest() {
    this.#sketch.stop();
    this.#editor.stop();
    this.#tell();
  }

  #drawing(geometry, points) {
    this.#part("back").disabled = points === 0;
    this.#part("finish").disabled = !this.#sketch.complete;
    const form = this.#sketch.form;
    const size = geometry && points ? sizeText(geometry) : "";
    this.#part("hint").textContent = form ? [word(`draw_${form}`), size].filter(Boolean).join(" ") : "";
  }

  #finished(geometry) {
    const { form } = this.#sketch;
    const label = word("shape_name", { kind: word(`shape_${form}`), n: this.#shapes.all.length + 1 });
    this.#tried(() => this.#shapes.add([shape(geometry, { label, color: this.#color })]));
    this.#sketch.start(form);
  }

  #edit(one) {
    this.#sketch.stop();
    if (this.#editor.id === one.id) this.#editor.stop();
    else this.#editor.start(one);
    this.#tell();
    this.#say(this.#editor.id ? word("draw_corners") : "");
  }

  #undo() {
    this.#editor.stop();
    this.#shapes.undo();
  }

  #askCoordinates() {
    this.#dialog.querySelector("[data-coordinates-fault]").textContent = "";
    this.#dialog.showModal();
  }

  async #written(event) {
    if (event.submitter?.value === "cancel") return;
    event.preventDefault();
    const { text, shape: form } = event.target.elements;
    const fault = this.#dialog.querySelector("[data-coordinates-fault]");
    fault.textContent = "";
    try {
      const found = await writtenShapes(text.value, form.value);
      const label = word("shape_written", { n: this.#shapes.all.length + 1 });
      this.add(found.map((one) => shape(one.geometry, { label: one.properties.label || label, color: this.#color })));
      this.#dialog.close();
      text.value = "";
    } catch (problem) {
      fault.textContent = problem instanceof ShapeFault ? word(problem.word, problem.values) : word("search_failed");
    }
  }

  #save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([this.#shapes.text], { type: "application/geo+json" }));
    link.download = `${word("shapes_file")}.geojson`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  async #open() {
    const [file] = this.#part("file").files;
    this.#part("file").value = "";
    if (!file) return;
    if (file.size > MOST_BYTES) {
      this.#say(word("shapes_file_large"));
      return;
    }
    const text = await file.text();
    this.#tried(() => {
      const found = read(text);
      this.add(found);
      this.#say(word("shapes_opened", { n: found.length }));
    });
  }

  #tried(act) {
    try {
      act();
    } catch (problem) {
      if (!(problem instanceof ShapeFault)) throw problem;
      this.#say(word(problem.word, problem.values));
    }
  }

  #say(text) {
    this.#part("hint").textContent = text;
  }

  #tell() {
    const { all } = this.#shapes;
    if (this.#editor.id && !this.#shapes.find(this.#editor.id)) this.#editor.stop();
    const form = this.#sketch.form;
    for (const button of this.#panel.querySelectorAll("[data-draw-form]")) {
      button.setAttribute("aria-pressed", String(button.dataset.drawForm === form));
    }
    this.#part("drawing").hidden = form === null;
    this.#part("undo").disabled = !this.#shapes.undoable;
    this.#part("export").disabled = all.length === 0;
    this.#part("empty").hidden = all.length > 0;
    if (form === null) this.#say(all.length ? "" : word("draw_start"));
    this.#rows.show(all, this.#editor.id);
    this.#draw(all);
  }

  #draw(shapes) {
    const data = collection(shapes);
    if (this.#map.getSource(SOURCE)) this.#map.getSource(SOURCE).setData(data);
    else if (shapes.length) this.#city.ready.then(() => this.#layers());
  }

  // One set of layers for all colours: a match on the shape's own.
  #layers() {
    if (this.#map.getSource(SOURCE)) return;
    this.#map.addSource(SOURCE, { type: "geojson", data: collection(this.#shapes.all) });
    const color = ["match", ["get", "color"], ...COLORS.flatMap((n) => [n, token(`shape-${n}`)]), token("shape-1")];
    const paper = token("map-paper");
    const is = (type) => ["==", ["geometry-type"], type];
    const round = { "line-join": "round", "line-cap": "round" };
    const dots = { "circle-radius": 6, "circle-color": color, "circle-stroke-color": paper, "circle-stroke-width": 2 };
    const layers = [
      { type: "fill", filter: is("Polygon"), paint: { "fill-color": color, "fill-opacity": 0.18 } },
      { type: "line", layout: round, paint: { "line-color": paper, "line-width": 5 } },
      { type: "line", layout: round, paint: { "line-color": color, "line-width": 2.5 } },
      { type: "circle", filter: is("Point"), paint: dots },
      ...Object.entries(PLACED).map(([type, layout]) => ({
        type: "symbol",
        filter: is(type),
        layout: { ...LABELS, ...layout },
        paint: { "text-color": color, "text-halo-color": paper, "text-halo-width": 1.6 },
      })),
    ];
    layers.forEach((layer, index) => this.#map.addLayer({ ...layer, id: `${SOURCE}-${index}`, source: SOURCE }));
  }
}

function flat(coordinates) {
  return typeof coordinates[0] === "number" ? [coordinates] : coordinates.flatMap(flat);
}
