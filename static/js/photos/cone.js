// The place of the shown picture on the map, and a cone of what is seen of it.

const SOURCE = "photo-cone";
const REACH_M = 45;
const STEP = 6;
const METRES = 111_320;

export class Cone {
  #map;
  #colour;
  #last = null;

  /** `map` is MapLibre's, `colour()` that of the page's theme. */
  constructor(map, colour) {
    [this.#map, this.#colour] = [map, colour];
  }

  /** Draws pictures, each `{ lon, lat, yaw, hfov }`; the first is the main one. */
  draw(pictures) {
    this.#last = pictures;
    if (!this.#map.getSource(SOURCE)) this.#add();
    const features = pictures.flatMap(({ lon, lat, yaw, hfov }, at) => [
      ...(yaw === null ? [] : [polygon(sector(lon, lat, yaw, Math.min(hfov, 359)), at)]),
      { type: "Feature", properties: { at }, geometry: { type: "Point", coordinates: [lon, lat] } },
    ]);
    this.#map.getSource(SOURCE).setData({ type: "FeatureCollection", features });
  }

  clear() {
    if (this.#map.getSource(SOURCE)) this.draw([]);
  }

  /** Draws again in the colours of another theme. */
  redraw() {
    if (!this.#map.getSource(SOURCE)) return;
    for (const id of ["fill", "line", "point"]) this.#map.removeLayer(`${SOURCE}-${id}`);
    this.#map.removeSource(SOURCE);
    this.draw(this.#last);
  }

  #add() {
    const { ink, paper } = this.#colour();
    const first = ["==", ["get", "at"], 0];
    const is = (type) => ["==", ["geometry-type"], type];
    this.#map.addSource(SOURCE, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    const layer = (name, rest) => this.#map.addLayer({ id: `${SOURCE}-${name}`, source: SOURCE, ...rest });
    layer("fill", { type: "fill", filter: is("Polygon"), paint: { "fill-color": ink, "fill-opacity": ["case", first, 0.4, 0.15] } });
    layer("line", { type: "line", filter: is("Polygon"), paint: { "line-color": ink, "line-width": 1.5 } });
    const point = { "circle-radius": ["case", first, 8, 6], "circle-color": ink, "circle-stroke-color": paper, "circle-stroke-width": 3 };
    layer("point", { type: "circle", filter: is("Point"), paint: point });
  }
}

function polygon(ring, at) {
  return { type: "Feature", properties: { at }, geometry: { type: "Polygon", coordinates: [ring] } };
}

function sector(lon, lat, yaw, hfov) {
  const [north, east] = [1 / METRES, 1 / (METRES * Math.cos((lat * Math.PI) / 180))];
  const count = Math.max(2, Math.ceil(hfov / STEP));
  const edge = Array.from({ length: count + 1 }, (_, at) => {
    const angle = ((yaw - hfov / 2 + (hfov * at) / count) * Math.PI) / 180;
    return [lon + Math.sin(angle) * REACH_M * east, lat + Math.cos(angle) * REACH_M * north];
  });
  return [[lon, lat], ...edge, [lon, lat]];
}
