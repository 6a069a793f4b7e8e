// The map's tools and its search, made and connected: to the map, to the card, and to each other.

import { Buffer } from "./buffer.js";
import { Draw } from "./draw.js";
import { icon } from "../page/icons.js";
import { Locate } from "./locate.js";
import { Measure } from "./measure.js";
import { configuration, number, word } from "../page/page.js";
import { SearchBox } from "./search-box.js";
import { Selection } from "./selection.js";
import { Shapes, shape } from "../drawing/shapes.js";

const part = (name) => document.querySelector(`[data-${name}]`);
const PADDING = { top: 110, bottom: 70, left: 60, right: 70 };
const CLOSEST = 18;

export class MapTools {
  #map;
  #card;
  #toolbar;
  #notice;
  #pin = null;
  #shapes;
  #draw;
  #buffer;
  #selection;

  #placed;

  /** `kept(hits)` writes the selected features into the page's address; `placed(place)` has a found place, or null. */
  constructor({ map, card, toolbar, notice, kept, placed }) {
    [this.#map, this.#card, this.#toolbar, this.#notice] = [map, card, toolbar, notice];
    this.#placed = placed;
    this.#shapes = new Shapes(`geoportal-shapes-${configuration.city.slug}`);
    this.#buffer = new Buffer(part("buffer"), (geometry, about) => this.#surrounded(geometry, about));
    this.#selection = new Selection(map, toolbar, {
      shown: (hit) => this.#showOne(hit),
      zoomed: (bbox) => this.#fit(bbox),
      kept,
    });
    new Measure(map, toolbar);
    this.#draw = new Draw(map, toolbar, this.#shapes, {
      dialog: part("coordinates"),
      around: (one) => this.#buffer.ask({ geometry: one.geometry }, one.properties.label),
    });
    new Locate(map, toolbar, notice);
    new SearchBox(part("search"), { chosen: (place) => this.#goTo(place), cleared: () => this.#clear() });
    toolbar.onChange((id) => id && id !== "locate" && card.close({ focus: false }));
  }

  /** The drawn shapes as GeoJSON features. */
  get drawn() {
    return this.#shapes.all;
  }

  /** Passes a click on the map to the active tool. */
  clicked(hits) {
    if (this.#toolbar.active === "select") this.#selection.clicked(hits);
  }

  /** Adds hits to the selection, or takes them out of it. */
  toggle(hits) {
    this.#selection.toggle(hits);
  }

  /** Selects these hits and no others. */
  select(hits) {
    this.#selection.set(hits);
  }

  /** Moves the map to a feature of a card's answer. */
  zoom({ bbox }) {
    this.#fit(bbox);
  }

  /** Opens the dialog for the surroundings of the feature of a card's answer. */
  around({ layer, feature_id: feature, title }) {
    this.#buffer.ask({ layer, feature }, title);
  }

  #goTo(place) {
    this.#fit(place.bbox);
    this.#setPin(place.center);
    this.#placed(place);
    if (place.feature_id) this.#card.open([{ layer: place.layer, key: place.feature_id }]);
    else this.#card.close({ focus: false });
    if (place.type === "coordinates") this.#notice.say(`${place.title} · ${place.detail}`);
  }

  #clear() {
    this.#setPin(null);
    this.#placed(null);
  }

  #fit([west, south, east, north]) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const narrow = this.#map.canvas.clientWidth < 700;
    const padding = narrow ? { top: 110, bottom: this.#map.canvas.clientHeight * 0.45, left: 30, right: 60 } : PADDING;
    const bounds = [
      [west, south],
      [east, north],
    ];
    this.#map.maplibre.fitBounds(bounds, { padding, maxZoom: CLOSEST, duration: still ? 0 : 900 });
  }

  #setPin(center) {
    this.#pin?.remove();
    this.#pin = null;
    if (!center) return;
    const element = document.createElement("div");
    element.className = "map-pin";
    element.append(icon("pin"));
    this.#pin = this.#map.mark(element, center);
  }

  #surrounded(geometry, { distance_m: distance, name }) {
    const label = word("shape_surroundings", { name, distance: number(distance) });
    this.#draw.open();
    this.#draw.add([shape(geometry, { label, color: 2 })]);
  }

  #showOne(hit) {
    this.#toolbar.off();
    this.#card.open([hit]);
  }
}
