// The map itself: draws layers, shows and hides them, tells what lies under a point, marks the picked feature.

import * as maplibre from "../vendor/maplibre-gl/maplibre-gl.mjs";
import { configuration, word } from "./page.js";
import { emptyStyle, pickLayers, styleLayers, wordsLayer } from "./style.js";

const REACH_PX = { mouse: 4, touch: 12 };

export class CityMap {
  #map;
  #layers;
  #tileJson = new Map();
  #hidden = new Set();
  #picked = [];

  /** Draws the bare map in `container`. Throws where the browser has no WebGL. */
  constructor(container, kinds) {
    this.#layers = styleLayers(kinds);
    this.#map = new maplibre.Map({
      container,
      style: emptyStyle(),
      ...configuration.view,
      hash: "map",
      minZoom: 9,
      maxZoom: 20,
      maxBounds: configuration.bounds,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      attributionControl: false,
      fadeDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 200,
      locale: {
        "Map.Title": word("map"),
        "NavigationControl.ZoomIn": word("zoom_in"),
        "NavigationControl.ZoomOut": word("zoom_out"),
        "AttributionControl.ToggleAttribution": word("attribution"),
        "ScaleControl.Meters": word("metres"),
        "ScaleControl.Kilometers": word("kilometres"),
      },
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    this.#map.addControl(new maplibre.AttributionControl(), "bottom-right");
    this.#map.addControl(new maplibre.NavigationControl({ showCompass: false }), "bottom-right");
    this.#map.addControl(new maplibre.ScaleControl({ maxWidth: 120 }), "bottom-left");
    this.ready = new Promise((done) => this.#map.once("style.load", done));
  }

  get zoom() {
    return this.#map.getZoom();
  }

  get canvas() {
    return this.#map.getCanvas();
  }

  onMoved(listener) {
    this.#map.on("moveend", listener);
  }

  /** Calls `listener("loading" | "ready")` when the map begins and ends to load what it shows. */
  onState(listener) {
    this.#map.on("dataloading", () => listener("loading"));
    this.#map.on("idle", () => listener("ready"));
  }

  onFault(listener) {
    this.#map.on("error", ({ error }) => listener(error));
  }

  /**
   * Calls `listener(hits, { place, byKey })` with what lies under a click, or under the centre of the focused map when
   * Enter is pressed. A hit has the layer's slug, the `version` that marks it in tiles and the `key` under which the
   * server knows it.
   */
  onPick(listener) {
    const reach = matchMedia("(pointer: coarse)").matches ? REACH_PX.touch : REACH_PX.mouse;
    this.#map.on("click", ({ point }) => {
      listener(this.#featuresAt(point, reach), { place: this.#map.unproject(point), byKey: false });
    });
    this.canvas.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      const place = this.#map.getCenter();
      listener(this.#featuresAt(this.#map.project(place), REACH_PX.touch), { place, byKey: true });
    });
    this.#map.on("mousemove", ({ point }) => {
      this.canvas.style.cursor = this.#featuresAt(point, REACH_PX.mouse).length ? "pointer" : "";
    });
  }

  /** Puts a layer on the map from its TileJSON. */
  add(slug, tileJson) {
    if (this.#map.getSource(slug)) return;
    this.#tileJson.set(slug, tileJson);
    this.#map.addSource(slug, {
      type: "vector",
      tiles: tileJson.tiles.map((address) => (address.startsWith("/") ? location.origin + address : address)),
      minzoom: tileJson.minzoom,
      maxzoom: tileJson.maxzoom,
      ...(tileJson.bounds && { bounds: tileJson.bounds }),
      ...(tileJson.attribution && { attribution: tileJson.attribution }),
    });
    for (const layer of this.#layersOf(slug)) {
      const layout = { ...layer.layout, visibility: this.#hidden.has(slug) ? "none" : "visible" };
      const within = layer.type === "symbol" ? wordsLayer(slug, tileJson) : slug;
      this.#map.addLayer({ ...layer, layout, "source-layer": within }, this.#above(layer));
    }
  }

  /** Shows or hides a layer, on the map already or not yet. */
  show(slug, shown) {
    if (shown) this.#hidden.delete(slug);
    else this.#hidden.add(slug);
    for (const { id } of this.#layersOf(slug)) {
      if (this.#map.getLayer(id)) this.#map.setLayoutProperty(id, "visibility", shown ? "visible" : "none");
    }
  }

  /** Marks the feature of a hit, or none. */
  pick(hit = null) {
    for (const layer of this.#picked) this.#map.removeLayer(layer);
    this.#picked = [];
    if (!hit) return;
    for (const layer of pickLayers(hit.layer, hit.version)) {
      this.#map.addLayer(layer, this.#firstWords());
      this.#picked.push(layer.id);
    }
  }

  /** Moves the map so that `place` (a geographical position) is not under `element`. */
  uncover(place, element) {
    const frame = this.#map.getContainer().getBoundingClientRect();
    const cover = element.getBoundingClientRect();
    const { x, y } = this.#map.project(place);
    const hidden = x > cover.left - frame.left && y > cover.top - frame.top && y < cover.bottom - frame.top;
    if (!hidden) return;
    const full = cover.width > frame.width * 0.8;
    const by = full ? [0, y - (cover.top - frame.top) / 2] : [x - (cover.left - frame.left) / 2, 0];
    this.#map.panBy(by, { duration: 250 });
  }

  /** Asks for all tiles again. MapLibre's own `refreshTiles` leaves tiles that failed as they are (6.17). */
  reload() {
    this.pick();
    for (const [slug, tileJson] of this.#tileJson) {
      for (const { id } of this.#layersOf(slug)) this.#map.removeLayer(id);
      this.#map.removeSource(slug);
      this.add(slug, tileJson);
    }
  }

  #layersOf(slug) {
    return this.#layers.filter(({ source }) => source === slug);
  }

  #above(layer) {
    const later = this.#layers.slice(this.#layers.indexOf(layer) + 1);
    return later.find(({ id }) => this.#map.getLayer(id))?.id;
  }

  #firstWords() {
    return this.#layers.find(({ id, type }) => type === "symbol" && this.#map.getLayer(id))?.id;
  }

  // Points within reach, then what is exactly here, then lines within reach.
  #featuresAt({ x, y }, reach) {
    const layers = this.#layers.map(({ id }) => id).filter((id) => this.#map.getLayer(id));
    if (!layers.length) return [];
    const near = this.#map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers });
    const exact = this.#map.queryRenderedFeatures([x, y], { layers });
    const found = new Map();
    for (const { source, id, properties } of [...near.filter(isPoint), ...exact, ...near.filter(isLine)]) {
      if (id === undefined) continue; // built-up area that stands for many buildings
      const hit = { layer: source, version: id, key: properties.feature_id ?? String(id) };
      if (!found.has(`${source}/${id}`)) found.set(`${source}/${id}`, hit);
    }
    return [...found.values()];
  }
}

const isPoint = ({ layer }) => layer.type === "circle";
const isLine = ({ layer }) => layer.type === "line";
