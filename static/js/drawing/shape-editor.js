// Editing the corners of a drawn shape: corners are dragged, and new ones from the middle of edges; where allowed, a
// double click removes a corner.

import { rounded } from "./geodesy.js";
import { collection, featureOf, token } from "../page/paint.js";

const SOURCE = "corners";
const REACH_PX = 14;

export class ShapeEditor {
  #map;
  #city;
  #shape = null;
  #dragged = null;
  #moved = false;
  #handlers;
  #changed;

  /** `changed(shape, geometry)` is called after a corner was dragged, or removed where the editor `removes`. */
  constructor(city, changed, { removes = false } = {}) {
    [this.#city, this.#map, this.#changed] = [city, city.maplibre, changed];
    this.#handlers = {
      mousedown: (event) => this.#take(event),
      touchstart: (event) => this.#take(event),
      mousemove: (event) => this.#move(event),
      touchmove: (event) => this.#move(event),
      mouseup: () => this.#drop(),
      touchend: () => this.#drop(),
      ...(removes && { dblclick: (event) => this.#remove(event) }),
    };
  }

  /** The id of the shape whose corners are shown, or null. */
  get id() {
    return this.#shape?.id ?? null;
  }

  /** Shows a shape's corners. */
  start(shape) {
    this.stop();
    this.#shape = structuredClone(shape);
    this.#prepare();
    for (const [event, handler] of Object.entries(this.#handlers)) this.#map.on(event, handler);
    this.#draw();
  }

  stop() {
    if (!this.#shape) return;
    for (const [event, handler] of Object.entries(this.#handlers)) this.#map.off(event, handler);
    [this.#shape, this.#dragged] = [null, null];
    this.#map.getSource(SOURCE).setData(collection());
  }

  #prepare() {
    if (this.#map.getSource(SOURCE)) return;
    this.#map.addSource(SOURCE, { type: "geojson", data: collection() });
    const whole = ["get", "whole"];
    const paint = {
      "circle-radius": ["case", whole, 6.5, 4.5],
      "circle-color": token("map-paper"),
      "circle-opacity": ["case", whole, 1, 0.8],
      "circle-stroke-color": token("sketch"),
      "circle-stroke-width": ["case", whole, 2.5, 1.5],
    };
    this.#map.addLayer({ id: SOURCE, type: "circle", source: SOURCE, paint });
  }

  // Rings of corners that may be moved, of all parts: a closed ring has its first corner once.
  #rings() {
    const { type, coordinates } = this.#shape.geometry;
    if (type === "Point") return [[coordinates]];
    if (type === "LineString") return [coordinates];
    const rings = type === "MultiPolygon" ? coordinates.flat() : coordinates;
    return this.#closed ? rings.map((ring) => ring.slice(0, -1)) : rings;
  }

  get #closed() {
    return this.#shape.geometry.type.endsWith("Polygon");
  }

  #write(rings) {
    const { type, coordinates: before } = this.#shape.geometry;
    const whole = this.#closed ? rings.map((ring) => [...ring, ring[0]]) : rings;
    let coordinates = { Point: rings[0][0], LineString: rings[0] }[type] ?? whole;
    if (type === "MultiPolygon") coordinates = before.map(({ length }) => whole.splice(0, length));
    this.#shape.geometry = { type, coordinates };
  }

  #handles() {
    const closed = this.#closed;
    return this.#rings().flatMap((ring, part) => {
      const corners = ring.map((position, at) => ({ part, at, position, whole: true }));
      const edges = ring.length > 1 ? ring.slice(0, closed ? ring.length : -1) : [];
      const middles = edges.map((from, at) => {
        const to = ring[(at + 1) % ring.length];
        return { part, at: at + 1, position: [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2], whole: false };
      });
      return [...middles, ...corners];
    });
  }

  #draw() {
    const points = this.#handles().map(({ position, whole }) => featureOf({ type: "Point", coordinates: position }, { whole }));
    this.#map.getSource(SOURCE).setData(collection(points));
  }

  #near(point) {
    return this.#handles()
      .map((handle) => ({ ...handle, away: this.#away(handle.position, point) }))
      .filter(({ away }) => away < REACH_PX)
      .sort((a, b) => a.away - b.away)[0];
  }

  #remove(event) {
    const near = this.#near(event.point);
    if (!near) return;
    event.preventDefault();
    const rings = this.#rings();
    if (!near.whole || rings[near.part].length <= (this.#closed ? 3 : 2)) return;
    rings[near.part].splice(near.at, 1);
    this.#write(rings);
    this.#draw();
    this.#changed(this.#shape, this.#shape.geometry);
  }

  #take(event) {
    const near = this.#near(event.point);
    if (!near) return;
    event.preventDefault();
    if (!near.whole) {
      const rings = this.#rings();
      rings[near.part].splice(near.at, 0, near.position);
      this.#write(rings);
    }
    [this.#dragged, this.#moved] = [near, !near.whole];
  }

  #away(position, point) {
    const { x, y } = this.#map.project(position);
    return Math.hypot(x - point.x, y - point.y);
  }

  #move(event) {
    if (!this.#dragged) return;
    event.preventDefault();
    this.#moved = true;
    const rings = this.#rings();
    rings[this.#dragged.part][this.#dragged.at] = event.lngLat.toArray().map(rounded);
    this.#write(rings);
    this.#draw();
  }

  #drop() {
    if (!this.#dragged) return;
    this.#dragged = null;
    if (this.#moved) this.#changed(this.#shape, this.#shape.geometry);
  }
}
