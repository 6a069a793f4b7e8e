// The map itself: draws the base map and the layers in their order, finds the features at a point, marks features.

import * as maplibre from "../../vendor/maplibre-gl/maplibre-gl.mjs";
import { cityName, ownMap, rasterMap } from "./base-map.js";
import { LayerStack } from "./layer-stack.js";
import { emptySource, liveLayers, liveSource } from "./live-layers.js";
import { hoverMark, nothing, outline, pickLayers } from "./marks.js";
import { configuration, word } from "../page/page.js";
import { photoLayers } from "./photo-arrows.js";
import { drawImages } from "./state-symbols.js";
import { GROUND, emptyStyle, isGround, kindLayers, onTheme, theme } from "./style.js";

const REACH_PX = { mouse: 4, touch: 12 };

export class CityMap {
  #map;
  #kinds;
  #tileJson = new Map();
  #filtered = new Map();
  #live = new Set();
  #shown = [];
  #base = "own";
  #stack = null;
  #picked = [];
  #hovered = null;

  /** Draws the bare map in `container` at a view `{ center, zoom }`. Throws where the browser has no WebGL. */
  constructor(container, kinds, view) {
    this.#kinds = kinds;
    this.#map = new maplibre.Map({
      container,
      style: emptyStyle(),
      ...configuration.view,
      ...view,
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
    this.#map.boxZoom.disable(); // It would swallow Shift and click, by which several are selected.
    this.#map.keyboard.disableRotation();
    this.#map.addControl(new maplibre.AttributionControl(), "bottom-right");
    this.#map.addControl(new maplibre.NavigationControl({ showCompass: false }), "bottom-right");
    this.#map.addControl(new maplibre.ScaleControl({ maxWidth: 120 }), "bottom-left");
    this.ready = new Promise((done) => this.#map.once("style.load", done)).then(() => this.#begin());
    drawImages(this.#map);
    onTheme(() => this.#redraw());
  }

  #begin() {
    const mark = hoverMark();
    this.#map.addSource(mark.id, mark.source);
    this.#stack = new LayerStack(this.#map, mark.layers);
    this.#draw();
  }

  /** The library's own map, for tools that draw on it. */
  get maplibre() {
    return this.#map;
  }

  get zoom() {
    return this.#map.getZoom();
  }

  get view() {
    return { zoom: this.#map.getZoom(), center: this.#map.getCenter().toArray() };
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

  /** Looks at a place at once. */
  jump(view) {
    this.#map.jumpTo(view);
  }

  /**
   * Calls `listener(hits, { place, byKey, extend })` with what lies under a click, or under the centre of the focused
   * map when Enter is pressed; `extend` is true while Shift or Ctrl is pressed. A hit has the layer's slug, the `version`
   * that marks it in tiles and the `key` under which the server knows it.
   */
  onPick(listener) {
    const reach = matchMedia("(pointer: coarse)").matches ? REACH_PX.touch : REACH_PX.mouse;
    this.#map.on("click", ({ point, lngLat, originalEvent: { shiftKey, ctrlKey, metaKey } }) => {
      const extend = shiftKey || ctrlKey || metaKey;
      listener(this.hitsAt(point, reach), { place: lngLat, byKey: false, extend });
    });
    this.canvas.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      const place = this.#map.getCenter();
      listener(this.hitsAt(this.#map.project(place), REACH_PX.touch), { place, byKey: true, extend: event.shiftKey });
    });
  }

  /** Calls `listener(hit or null, point)` when another feature is under the mouse, and outlines it. */
  onHover(listener) {
    if (!matchMedia("(hover: hover)").matches) return;
    let asked = 0;
    const look = (point) => {
      const [found] = point ? this.#found(point, REACH_PX.mouse) : [];
      this.canvas.style.cursor = found ? "pointer" : "";
      const key = found ? `${found.source}/${found.id}` : null;
      if (key !== this.#hovered) this.#outline(key, found);
      listener(found ? { ...this.#hit(found), properties: found.properties } : null, point);
    };
    this.#map.on("mousemove", ({ point }) => {
      cancelAnimationFrame(asked);
      asked = requestAnimationFrame(() => look(point));
    });
    this.canvas.addEventListener("mouseleave", () => {
      cancelAnimationFrame(asked);
      look(null);
    });
    this.#map.on("movestart", () => look(null));
  }

  #outline(key, found) {
    this.#hovered = key;
    if (!found) {
      this.#map.getSource("hover").setData(nothing());
      return;
    }
    const filter = ["==", ["id"], found.id];
    const parts = this.#map.querySourceFeatures(found.source, { sourceLayer: this.#kindOf(found).slug, filter });
    const data = (parts.length ? parts : [found]).map((part) => outline({ geometry: part.geometry, tile: { z: part._z } }));
    this.#map.getSource("hover").setData({ type: "FeatureCollection", features: data });
  }

  /** Takes a layer's TileJSON, and that of its filtered features where a filter is set. */
  add(slug, tileJson, filtered = null) {
    this.#tileJson.set(slug, tileJson);
    this.#source(slug, tileJson);
    if (filtered) this.#source(filteredSource(slug), filtered);
    if (filtered) this.#filtered.set(slug, filtered);
    else this.#filtered.delete(slug);
    this.#draw();
  }

  /** Draws a kind live, as these GeoJSON points (`live-layers.js`), in place of its tiles; null ends that. */
  setLive(slug, features) {
    const was = this.#live.has(slug);
    if (features) {
      if (!this.#map.getSource(liveSource(slug))) this.#map.addSource(liveSource(slug), emptySource());
      this.#map.getSource(liveSource(slug)).setData({ type: "FeatureCollection", features });
      this.#live.add(slug);
    } else {
      this.#live.delete(slug);
    }
    if (was !== this.#live.has(slug)) this.#draw();
  }

  /** Shows these layers, `{ slug, opacity }`, topmost first, and no others. */
  arrange(shown) {
    this.#shown = shown;
    this.#draw();
  }

  /** Draws the city's own base map ("own"), none ("none"), or one of the configuration's by its id. */
  setBase(id) {
    this.#base = id;
    this.#draw();
  }

  /** Whether a tile that is seen of this layer leaves out small features. */
  simplified(slug) {
    const source = this.#sourceOf(slug);
    if (!this.#map.getSource(source)) return false;
    return this.#map.querySourceFeatures(source, { sourceLayer: `${slug}_thinned` }).length > 0;
  }

  /** Marks the feature of a hit, those of several, or none. */
  pick(hits = []) {
    for (const layer of this.#picked) this.#map.removeLayer(layer);
    this.#picked = [];
    const bySlug = Map.groupBy([hits ?? []].flat().filter(({ version }) => version !== undefined), ({ layer }) => layer);
    for (const [slug, members] of bySlug) {
      const source = this.#sourceOf(slug);
      if (!this.#map.getSource(source)) continue;
      for (const layer of pickLayers(source, slug, members.map(({ version }) => version))) {
        this.#stack.mark(layer);
        this.#picked.push(layer.id);
      }
    }
  }

  /** Moves the map so that `place` (a geographical position) is not under `element`. */
  uncover(place, element) {
    const frame = this.#map.getContainer().getBoundingClientRect();
    const cover = element.getBoundingClientRect();
    const { x, y } = this.#map.project(place);
    const beside = x < cover.left - frame.left || x > Math.min(cover.right - frame.left, frame.width);
    if (beside || y < cover.top - frame.top || y > cover.bottom - frame.top) return;
    const full = cover.width > frame.width * 0.8;
    const by = full ? [0, y - (cover.top - frame.top) / 2] : [x - (cover.left - frame.left) / 2, 0];
    this.#map.panBy(by, { duration: 250 });
  }

  /** Asks for all tiles again. MapLibre's own `refreshTiles` leaves tiles that failed as they are (6.17). */
  reload() {
    this.pick();
    this.#stack.clear();
    for (const [slug, tileJson] of this.#tileJson) this.#sourceAgain(slug, tileJson);
    for (const [slug, tileJson] of this.#filtered) this.#sourceAgain(filteredSource(slug), tileJson);
    this.#draw();
  }

  #sourceAgain(id, tileJson) {
    this.#map.removeSource(id);
    this.#source(id, tileJson);
  }

  #source(id, tileJson) {
    const tiles = tileJson.tiles.map((address) => (address.startsWith("/") ? location.origin + address : address));
    const source = this.#map.getSource(id);
    if (source) {
      if (String(source.tiles) !== String(tiles)) source.setTiles(tiles);
      return;
    }
    this.#map.addSource(id, {
      type: "vector",
      tiles,
      minzoom: tileJson.minzoom,
      maxzoom: tileJson.maxzoom,
      ...(tileJson.bounds && { bounds: tileJson.bounds }),
      ...(tileJson.attribution && { attribution: tileJson.attribution }),
    });
  }

  #sourceOf(slug) {
    return this.#filtered.has(slug) ? filteredSource(slug) : slug;
  }

  #draw() {
    this.#stack?.draw(...this.#wanted());
  }

  // Areas at the bottom of the list are drawn beneath the base map's buildings, then buildings beneath its ways.
  #wanted() {
    const own = this.#base === "own" ? ownMap(this.#kinds, this.#tileJson) : ownMap([], this.#tileJson);
    const stacks = { ground: [], buildings: [], above: [], words: [] };
    let level = "ground";
    for (const { slug, opacity } of this.#shown.toReversed()) {
      const kind = this.#kinds.find((one) => one.slug === slug);
      if (!kind || !this.#tileJson.has(slug)) continue;
      if (level === "ground" && !isGround(kind)) level = kind.solid ? "buildings" : "above";
      else if (level === "buildings" && !kind.solid) level = "above";
      const tileJson = this.#filtered.get(slug) ?? this.#tileJson.get(slug);
      if (this.#live.has(slug)) {
        stacks.words.push(...liveLayers(slug, tileJson, opacity));
        continue;
      }
      stacks.words.push(...photoLayers(kind, this.#sourceOf(slug), opacity));
      for (const layer of kindLayers(kind, this.#sourceOf(slug), tileJson, opacity)) {
        const stack = layer.id.endsWith("-built-up") && level === "above" ? "buildings" : level;
        stacks[layer.type === "symbol" ? "words" : stack].push(layer);
      }
    }
    const layers = [
      ...this.#raster(),
      ...own.ground,
      ...stacks.ground,
      ...own.buildings,
      ...stacks.buildings,
      ...own.ways,
      ...stacks.above,
    ];
    return [layers, [...own.words, ...this.#name(), ...stacks.words]];
  }

  #raster() {
    const chosen = configuration.base_maps.find(({ id }) => id === this.#base);
    return chosen ? [this.#withSource(rasterMap(chosen))] : [];
  }

  #name() {
    return this.#base === "own" ? [this.#withSource(cityName(configuration.city))] : [];
  }

  #withSource({ id, source, layer }) {
    if (!this.#map.getSource(id)) this.#map.addSource(id, source);
    return layer;
  }

  #redraw() {
    this.#map.setPaintProperty("ground", "background-color", GROUND[theme()]);
    this.#draw();
  }

  /** The features within `reach` pixels of a point of the screen, as hits. */
  hitsAt(point, reach = REACH_PX.mouse) {
    return this.#found(point, reach).map((feature) => this.#hit(feature));
  }

  /** The features of shown layers within a box of the screen, [[x, y], [x, y]], as hits. */
  hitsWithin(box) {
    const layers = this.#stack.ids.filter((id) => this.#kindLayer(id) && !id.startsWith("base-"));
    const found = new Map();
    for (const feature of layers.length ? this.#map.queryRenderedFeatures(box, { layers }) : []) {
      if (feature.id !== undefined) found.set(`${feature.source}/${feature.id}`, feature);
    }
    return [...found.values()].map((feature) => this.#hit(feature));
  }

  /** Puts an element on the map whose foot stands at a position (lon, lat); its `remove()` takes it away. */
  mark(element, position) {
    return new maplibre.Marker({ element, anchor: "bottom" }).setLngLat(position).addTo(this.#map);
  }

  #hit({ source, id, properties }) {
    const layer = this.#kindOf({ source }).slug;
    const version = source === liveSource(layer) ? undefined : id;
    return { layer, version, key: properties.feature_id ?? String(id), picture: properties.picture };
  }

  #kindOf({ source }) {
    return this.#kinds.find(({ slug }) => [slug, filteredSource(slug), liveSource(slug)].includes(source));
  }

  // Features of the shown layers, or if there are none, of the base map.
  #found(point, reach) {
    const ids = this.#stack.ids.filter((id) => this.#kindLayer(id));
    const shown = ids.filter((id) => !id.startsWith("base-"));
    const found = this.#within(point, reach, shown);
    return found.length ? found : this.#within(point, reach, ids.filter((id) => id.startsWith("base-")));
  }

  #kindLayer(id) {
    const layer = this.#map.getLayer(id);
    const kind = layer && this.#kindOf(layer);
    return kind && (layer.sourceLayer === kind.slug || layer.source === liveSource(kind.slug));
  }

  // Points within reach, then what is exactly here, then lines within reach.
  #within({ x, y }, reach, layers) {
    if (!layers.length) return [];
    const near = this.#map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers });
    const exact = this.#map.queryRenderedFeatures([x, y], { layers });
    const found = new Map();
    for (const feature of [...near.filter(isPoint), ...exact, ...near.filter(isLine)]) {
      if (feature.id === undefined) continue; // built-up area that stands for many buildings
      const key = `${feature.source}/${feature.id}`;
      if (!found.has(key)) found.set(key, feature);
    }
    return [...found.values()];
  }
}

const filteredSource = (slug) => `${slug}-filtered`;
const isPoint = ({ layer, source }) => layer.type === "circle" || layer.id === source; // or a live station
const isLine = ({ layer }) => layer.type === "line";
