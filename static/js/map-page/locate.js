// "Where am I": asks the device once, or follows it while the button is on.

import { circle } from "../drawing/geodesy.js";
import { collection, drawingLayers, featureOf, token } from "../page/paint.js";
import { number, word } from "../page/page.js";

const SOURCE = "here";
const FAULTS = { 1: "locate_denied", 2: "locate_unknown", 3: "locate_slow" };
const ASKED = { enableHighAccuracy: true, timeout: 15_000, maximumAge: 5_000 };

export class Locate {
  #city;
  #map;
  #notice;
  #watch = null;
  #moved = false;

  constructor(city, toolbar, notice) {
    [this.#city, this.#map, this.#notice] = [city, city.maplibre, notice];
    toolbar.add({
      id: "locate",
      icon: "locate",
      title: word("locate"),
      toggled: (on) => (on ? this.#start(() => toolbar.off()) : this.#stop()),
    });
  }

  #start(stopped) {
    if (!navigator.geolocation) {
      this.#notice.say(word("locate_missing"));
      stopped();
      return;
    }
    this.#moved = false;
    this.#notice.say(word("locate_asking"));
    const failed = ({ code }) => {
      this.#notice.say(word(FAULTS[code] ?? "locate_unknown"));
      stopped();
    };
    this.#watch = navigator.geolocation.watchPosition((found) => this.#found(found), failed, ASKED);
  }

  #stop() {
    if (this.#watch !== null) navigator.geolocation.clearWatch(this.#watch);
    this.#watch = null;
    this.#draw([]);
  }

  // The map goes to the first position; after that it stays where people move it.
  #found({ coords: { longitude, latitude, accuracy } }) {
    const here = [longitude, latitude];
    if (!this.#inside(here)) {
      this.#notice.say(word("locate_outside"));
      return;
    }
    const around = { type: "Polygon", coordinates: [circle(here, Math.max(accuracy, 1))] };
    this.#draw([featureOf(around), featureOf({ type: "Point", coordinates: here })]);
    this.#notice.say(word("locate_accuracy", { n: number(Math.round(accuracy)) }));
    if (!this.#moved) this.#map.flyTo({ center: here, zoom: Math.max(this.#city.zoom, 16.5) });
    this.#moved = true;
  }

  #inside([longitude, latitude]) {
    const bounds = this.#map.getMaxBounds();
    return !bounds || bounds.contains([longitude, latitude]);
  }

  #draw(features) {
    if (!this.#map.getSource(SOURCE)) {
      if (!features.length) return;
      this.#map.addSource(SOURCE, { type: "geojson", data: collection() });
      for (const layer of drawingLayers(SOURCE, token("here"))) this.#map.addLayer(layer);
    }
    this.#map.getSource(SOURCE).setData(collection(features));
  }
}
