// Drawn shapes: stored in this browser, with undo of the last 50 steps (MOST_STEPS), read from and written to GeoJSON.

import { rounded } from "./geodesy.js";

const MOST_SHAPES = 500;
const MOST_POSITIONS = 20_000;
const MOST_STEPS = 50;
const LONGEST_LABEL = 120;
const COLORS = 5;
const DEPTHS = { Point: 0, MultiPoint: 1, LineString: 1, MultiLineString: 2, Polygon: 2, MultiPolygon: 3 };
const SINGLE = { MultiPoint: "Point", MultiLineString: "LineString", MultiPolygon: "Polygon" };

/** An error in a file or text, as the name of a message and its values. */
export class ShapeFault extends Error {
  constructor(name, values = {}) {
    super(name);
    [this.word, this.values] = [name, values];
  }
}

export class Shapes {
  #place;
  #kept = [];
  #steps = [];
  #listeners = [];

  /** Shapes under a name in the browser's storage. */
  constructor(place) {
    this.#place = place;
    try {
      this.#kept = read(localStorage.getItem(place) ?? '{"type":"FeatureCollection","features":[]}');
    } catch {
      this.#kept = []; // What cannot be read is overwritten by the next shape.
    }
  }

  /** All shapes as GeoJSON features with `id`, `properties.label` and `properties.color` (1 to 5). */
  get all() {
    return this.#kept;
  }

  get undoable() {
    return this.#steps.length > 0;
  }

  /** Calls `listener()` after every change, also where the browser cannot store the shapes. */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  find(id) {
    return this.#kept.find((shape) => shape.id === id);
  }

  /** Adds shapes and returns them. Throws ShapeFault where there are too many. */
  add(shapes) {
    if (this.#kept.length + shapes.length > MOST_SHAPES) throw new ShapeFault("shapes_many", { n: MOST_SHAPES });
    this.#change([...this.#kept, ...shapes]);
    return shapes;
  }

  /** Changes a shape's geometry or properties. */
  change(id, { geometry, ...properties }) {
    this.#change(
      this.#kept.map((shape) => {
        if (shape.id !== id) return shape;
        return { ...shape, ...(geometry && { geometry }), properties: { ...shape.properties, ...properties } };
      }),
    );
  }

  remove(id) {
    this.#change(this.#kept.filter((shape) => shape.id !== id));
  }

  /** Undoes the last change. */
  undo() {
    if (!this.undoable) return;
    this.#kept = this.#steps.pop();
    this.#keep();
  }

  /** The shapes as the text of a GeoJSON file. */
  get text() {
    return JSON.stringify({ type: "FeatureCollection", features: this.#kept }, null, 1);
  }

  #change(kept) {
    this.#steps = [...this.#steps, this.#kept].slice(-MOST_STEPS);
    this.#kept = kept;
    this.#keep();
  }

  #keep() {
    try {
      localStorage.setItem(this.#place, this.text);
    } catch {
      // A full or forbidden storage: the shapes stay until the page is left.
    }
    for (const listener of this.#listeners) listener();
  }
}

/** A new shape of a geometry. */
export function shape(geometry, { label = "", color = 1 } = {}) {
  const known = Number.isInteger(color) && color >= 1 && color <= COLORS;
  const words = String(label ?? "").slice(0, LONGEST_LABEL);
  return { type: "Feature", id: crypto.randomUUID?.() ?? unique(), geometry, properties: { label: words, color: known ? color : 1 } };
}

// Where a page is not served securely, browsers have no randomUUID.
function unique() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The shapes of a GeoJSON text; parts of multi-part geometries become shapes. Throws ShapeFault. */
export function read(text) {
  let given;
  try {
    given = JSON.parse(text);
  } catch {
    throw new ShapeFault("shapes_not_json");
  }
  const features = { FeatureCollection: given?.features, Feature: [given] }[given?.type] ?? [{ geometry: given, properties: {} }];
  if (!Array.isArray(features) || !(given?.type in { ...DEPTHS, FeatureCollection: 0, Feature: 0 })) throw new ShapeFault("shapes_not_geojson");
  if (given.crs && !/CRS84|4326/.test(JSON.stringify(given.crs))) throw new ShapeFault("shapes_not_degrees");
  const found = features.flatMap((feature, index) => fromFeature(feature, index + 1));
  if (!found.length) throw new ShapeFault("shapes_none");
  return found;
}

function fromFeature(feature, n) {
  const geometry = feature?.geometry;
  const depth = DEPTHS[geometry?.type];
  if (depth === undefined) throw new ShapeFault("shapes_kind", { n });
  const coordinates = checked(geometry.coordinates, depth, n);
  if (coordinates.flat(Infinity).length > 2 * MOST_POSITIONS) throw new ShapeFault("shapes_large", { n, most: MOST_POSITIONS });
  const { label, name, title, color } = feature.properties ?? {};
  const properties = { label: label ?? name ?? title ?? "", color: Number(color) };
  const type = SINGLE[geometry.type] ?? geometry.type;
  const parts = SINGLE[geometry.type] ? coordinates : [coordinates];
  return parts.map((part) => shape({ type, coordinates: part }, properties));
}

// Positions are two numbers of degrees; heights are left out.
function checked(coordinates, depth, n) {
  if (!Array.isArray(coordinates)) throw new ShapeFault("shapes_positions", { n });
  if (depth > 0) {
    if (!coordinates.length) throw new ShapeFault("shapes_positions", { n });
    return coordinates.map((part) => checked(part, depth - 1, n));
  }
  const [lon, lat] = coordinates;
  if (!Number.isFinite(lon) || !Number.isFinite(lat)) throw new ShapeFault("shapes_positions", { n });
  if (Math.abs(lon) > 180 || Math.abs(lat) > 90) throw new ShapeFault("shapes_not_degrees");
  return [rounded(lon), rounded(lat)];
}
