// Drawing on the map by mouse, touch or keyboard: each click sets a point, a click on the last one ends the shape.

import { circle, distance, rounded } from "./geodesy.js";
import { collection, drawingLayers, featureOf, token } from "../page/paint.js";

const SOURCE = "sketch";
const NEAR_PX = 9;
const FEWEST = { point: 1, line: 2, polygon: 3, rectangle: 2, circle: 2 };
const MOST = { point: 1, rectangle: 2, circle: 2 };

export class Sketch {
  #city;
  #map;
  #form = null;
  #points = [];
  #cursor = null;
  #listeners;
  #handlers;

  /**
   * `changed(geometry or null, points)` follows what is drawn, the cursor's leg included; `finished(geometry)` gets
   * the shape. Both as GeoJSON in degrees.
   */
  constructor(city, listeners) {
    [this.#city, this.#map, this.#listeners] = [city, city.maplibre, listeners];
    this.#handlers = {
      click: ({ lngLat }) => this.#set(lngLat.toArray()),
      mousemove: ({ lngLat }) => this.#lead(lngLat.toArray()),
      dblclick: (event) => event.preventDefault(),
    };
    this.#city.canvas.addEventListener("keydown", (event) => this.#pressed(event));
  }

  get form() {
    return this.#form;
  }

  get points() {
    return this.#points.length;
  }

  get complete() {
    return this.#form !== null && this.#points.length >= FEWEST[this.#form];
  }

  /** Begins a "point", "line", "polygon", "rectangle" or "circle". */
  start(form) {
    this.stop();
    this.#form = form;
    if (!this.#map.getSource(SOURCE)) {
      this.#map.addSource(SOURCE, { type: "geojson", data: collection() });
      for (const layer of drawingLayers(SOURCE, token("sketch"), { dashed: true })) this.#map.addLayer(layer);
    }
    for (const [event, handler] of Object.entries(this.#handlers)) this.#map.on(event, handler);
    this.#city.canvas.classList.add("map-sketching");
    this.#tell();
  }

  /** Ends drawing and forgets what is not finished. */
  stop() {
    if (this.#form === null) return;
    for (const [event, handler] of Object.entries(this.#handlers)) this.#map.off(event, handler);
    this.#city.canvas.classList.remove("map-sketching");
    this.#form = null;
    this.#clear();
  }

  /** Sets a point at the centre of the map, for those who draw by keyboard. */
  addAtCentre() {
    this.#set(this.#map.getCenter().toArray());
  }

  /** Takes the last point back. */
  undo() {
    this.#points.pop();
    this.#tell();
  }

  /** Ends the shape, where it has enough points. */
  finish() {
    if (!this.complete) return;
    this.#cursor = null;
    const geometry = this.#geometry(this.#points);
    this.#clear();
    this.#listeners.finished(geometry);
  }

  #clear() {
    [this.#points, this.#cursor] = [[], null];
    this.#draw(null);
  }

  #set(position) {
    const last = this.#points.at(-1);
    const ends = last && (this.#near(position, last) || (this.#form === "polygon" && this.#near(position, this.#points[0])));
    if (ends && MOST[this.#form] === undefined) {
      this.finish();
      return;
    }
    if (ends) return;
    this.#points.push(position.map(rounded));
    this.#tell();
    if (this.#points.length === MOST[this.#form]) this.finish();
  }

  #near(one, other) {
    const [a, b] = [this.#map.project(one), this.#map.project(other)];
    return Math.hypot(a.x - b.x, a.y - b.y) < NEAR_PX;
  }

  #lead(position) {
    this.#cursor = position;
    if (this.#points.length) this.#tell();
  }

  #pressed(event) {
    if (this.#form === null) return;
    if (event.key === "Enter") this.addAtCentre();
    else if (event.key === "Backspace" && this.#points.length) this.undo();
    else if (event.key === "Escape" && this.#points.length) {
      this.#clear();
      this.#listeners.changed(null, 0);
    } else return;
    event.preventDefault();
  }

  #tell() {
    const led = this.#cursor && this.#points.length ? [...this.#points, this.#cursor] : this.#points;
    const geometry = this.#geometry(led);
    this.#draw(geometry);
    this.#listeners.changed(geometry, this.#points.length);
  }

  #draw(geometry) {
    const corners = this.#points.map((coordinates) => featureOf({ type: "Point", coordinates }));
    this.#map.getSource(SOURCE)?.setData(collection(geometry ? [featureOf(geometry), ...corners] : corners));
  }

  // The shape of these points, or the best that they make so far.
  #geometry(points) {
    if (!points.length) return null;
    if (points.length === 1 || this.#form === "point") return { type: "Point", coordinates: points[0] };
    if (this.#form === "rectangle") return polygon(corners(...points));
    if (this.#form === "circle") return polygon(circle(points[0], distance(...points)));
    if (this.#form === "polygon" && points.length > 2) return polygon([...points, points[0]]);
    return { type: "LineString", coordinates: points };
  }
}

function polygon(ring) {
  return { type: "Polygon", coordinates: [ring] };
}

function corners([west, south], [east, north]) {
  return [[west, south], [east, south], [east, north], [west, north], [west, south]];
}
