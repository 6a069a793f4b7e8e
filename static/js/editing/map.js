// The map of the edit form: the stored shape dashed, the new one with its corners to drag, drawing, parts.

import { layer } from "../page/api.js";
import { CityMap } from "../map/city-map.js";
import { collection, drawingLayers, featureOf, token } from "../page/paint.js";
import { configuration, word } from "../page/page.js";
import { ShapeEditor } from "../drawing/shape-editor.js";
import { Sketch } from "../drawing/sketch.js";

const SHAPE = "edit-shape";
const STORED = "edit-stored";
const CLOSE = 18.5;
const PADDING = { padding: 60, animate: false, maxZoom: CLOSE };
const { edit } = configuration;

export class EditMap {
  #city;
  #container;
  #listeners;
  #corners;
  #sketch;
  #geometry = null;
  #adding = false;

  /** Calls `changed(geometry)`, `said(words)` with the next instruction, `drawing(on)`. Throws without WebGL. */
  constructor(container, listeners) {
    [this.#container, this.#listeners] = [container, listeners];
    this.#city = new CityMap(container, configuration.kinds, configuration.view);
  }

  /** Draws the city and the stored shape; the corners of `geometry` can be dragged then. */
  async begin(geometry) {
    await this.#city.ready;
    const map = this.#city.maplibre;
    map.doubleClickZoom.disable();
    this.#city.onState((state) => {
      this.#container.dataset.state = state;
    });
    this.#city.arrange([{ slug: edit.layer, opacity: 1 }]);
    await Promise.all(configuration.kinds.map(({ slug }) => this.#load(slug)));
    this.#paint(STORED, "ink-soft", true);
    this.#paint(SHAPE, "sketch", false);
    this.#set(STORED, edit.geometry);
    this.#corners = new ShapeEditor(this.#city, (shape, changed) => this.#change(changed), { removes: true });
    this.#sketch = new Sketch(this.#city, {
      changed: () => {},
      finished: (drawn) => this.#drawn(drawn),
    });
    this.show(geometry);
    if (edit.bbox) this.#look(edit.bbox);
    if (!geometry) this.draw();
  }

  async #load(slug) {
    try {
      const tileJson = await layer(slug);
      if (tileJson) this.#city.add(slug, tileJson);
    } catch {
      // Without one of its layers the ground is plainer; editing works.
    }
  }

  #look([west, south, east, north]) {
    this.#city.maplibre.fitBounds([[west, south], [east, north]], PADDING);
  }

  #paint(source, color, dashed) {
    const map = this.#city.maplibre;
    map.addSource(source, { type: "geojson", data: collection() });
    for (const one of drawingLayers(source, token(color), { dashed })) map.addLayer(one);
  }

  #set(source, geometry) {
    this.#city.maplibre.getSource(source).setData(collection(geometry ? [featureOf(geometry)] : []));
  }

  get geometry() {
    return this.#geometry;
  }

  /** Shows a shape, or none, with its corners. */
  show(geometry) {
    if (!this.#corners) return;
    this.#geometry = geometry;
    this.#sketch.stop();
    this.#listeners.drawing(false);
    this.#set(SHAPE, geometry);
    if (!geometry) {
      this.#corners.stop();
      return;
    }
    this.#corners.start({ id: SHAPE, geometry });
    this.#listeners.said(word(geometry.type === "Point" ? "edit_move_point" : "edit_corners"));
  }

  /** Draws the whole shape anew, or one more part of it. */
  draw({ adding = false } = {}) {
    this.#adding = adding && this.#geometry !== null;
    this.#corners.stop();
    this.#sketch.start(edit.form);
    this.#listeners.drawing(true);
    this.#listeners.said(word({ point: "edit_add_point", line: "edit_draw_line", polygon: "edit_draw_area" }[edit.form]));
  }

  /** Ends the shape that is drawn, where it has enough points; else leaves drawing. */
  finish() {
    if (this.#sketch.complete) this.#sketch.finish();
    else this.show(this.#geometry);
  }

  #drawn(drawn) {
    this.#sketch.stop();
    this.#change(this.#adding ? joined(this.#geometry, drawn) : drawn);
    this.show(this.#geometry);
  }

  #change(geometry) {
    this.#geometry = structuredClone(geometry);
    this.#set(SHAPE, geometry);
    this.#listeners.changed(this.#geometry);
  }
}

// Two shapes of one sort as one of many parts.
function joined(one, other) {
  const parts = [one, other].flatMap(({ type, coordinates }) => (type.startsWith("Multi") ? coordinates : [coordinates]));
  return { type: `Multi${other.type}`, coordinates: parts };
}
