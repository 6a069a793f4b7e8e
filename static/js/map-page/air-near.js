// "Air near me": the nearest stations of air to the place that was searched for, to the device, or to the map's centre,
// with distance, index, value and age.

import { distance } from "../drawing/geodesy.js";
import { number, word } from "../page/page.js";
import { panelOf } from "../page/panels.js";
import { serverNow } from "../page/server-clock.js";
import { figures, made, renew, stateLine } from "./live-parts.js";
import { local } from "./live-words.js";

const SLUG = "stations";
const MOST = 6;
const FAULTS = { 1: "locate_denied", 2: "locate_unknown", 3: "locate_slow" };

export class AirNear {
  #city;
  #live;
  #toolbar;
  #panel = panelOf("air");
  #origin = null;
  #found = new Map();
  #shown;

  /** `shown({ key, place })` opens the card of a station. */
  constructor(city, toolbar, live, shown) {
    [this.#city, this.#toolbar, this.#live, this.#shown] = [city, toolbar, live, shown];
    this.#part("here").addEventListener("click", () => this.#locate());
    this.#part("centre").addEventListener("click", () => this.#from(this.#centre()));
    toolbar.add({
      id: "air",
      icon: "air",
      title: word("air_near"),
      panel: this.#panel,
      toggled: (on) => this.#toggled(on),
    });
  }

  /** The place that was searched for: `{ title, center }`, or null. The list starts from there. */
  from(place) {
    this.#origin = place && { title: place.title, position: place.center };
    if (this.#toolbar.active === "air") this.#from(this.#origin ?? this.#centre());
  }

  /** Opens the list. */
  open() {
    this.#toolbar.on("air");
    this.#part("hint").focus();
  }

  #part(name) {
    return this.#panel.querySelector(`[data-air-${name}]`);
  }

  #centre() {
    return { title: word("air_centre"), position: this.#city.maplibre.getCenter().toArray() };
  }

  #toggled(on) {
    if (on) this.#from(this.#origin ?? this.#centre());
    this.#live.watch(SLUG, on ? (stations, now) => this.#list(stations, now) : null);
  }

  #from(origin) {
    this.#origin = origin;
    this.#part("hint").textContent = word("air_from", { place: origin.title });
    this.#list(this.#found, serverNow());
  }

  #locate() {
    if (!navigator.geolocation) {
      this.#part("hint").textContent = word("locate_missing");
      return;
    }
    this.#part("hint").textContent = word("locate_asking");
    navigator.geolocation.getCurrentPosition(
      ({ coords: { longitude, latitude } }) => this.#from({ title: word("air_here"), position: [longitude, latitude] }),
      ({ code }) => {
        this.#part("hint").textContent = word(FAULTS[code] ?? "locate_unknown");
      },
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
    );
  }

  #list(stations, now) {
    this.#found = stations;
    const air = [...stations].filter(([, { type }]) => type === "air");
    const near = air.map(([id, station]) => ({ id, station, metres: distance(this.#origin.position, [station.lon, station.lat]) }));
    near.sort((one, other) => one.metres - other.metres);
    renew(this.#part("list"), near.slice(0, MOST).map((one) => this.#row(one, now)));
    this.#part("none").hidden = near.length > 0 || !stations.size;
  }

  #row({ id, station, metres }, now) {
    const open = made("button", "button-text air-name", station.name);
    open.type = "button";
    open.addEventListener("click", () => this.#shown({ key: id, place: [station.lon, station.lat] }));
    return made(
      "li",
      "",
      made("p", "air-line", open, made("span", "air-distance", far(metres))),
      made("p", "live-grade", stateLine(station)),
      made("p", "live-figures", made("span", "live-property", local(station.property)), ...figures(station, now)),
    );
  }
}

// As precise as a walk needs it: 350 m, 1,2 km.
function far(metres) {
  return metres < 995 ? `${number(Math.round(metres / 10) * 10)}\u00a0m` : `${number(Math.round(metres / 100) / 10)}\u00a0km`;
}
