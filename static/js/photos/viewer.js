// The viewer of street photos beside the map: the picture, its way along the run, the same place on other days, two
// pictures side by side, its place in the page's address.

import { pictureAt, pictureOf } from "../page/api.js";
import { word } from "../page/page.js";
import { token } from "../page/paint.js";
import { keepPhoto, photoInAddress } from "./address.js";
import { Cone } from "./cone.js";
import { Stage } from "./stage.js";

const TURN = 0.25;
const ZOOM = 12;
const KEPT_AFTER_MS = 250;

export class PhotoViewer {
  #element;
  #map;
  #cone;
  #main;
  #other;
  #compares = false;
  #otherRun = null;
  #asked = 0;
  #keeping = 0;
  #listeners;

  /** `listeners.opened(picture)` is called for each picture that is shown, `closed()` at the end, `failed(text)`. */
  constructor(element, map, listeners) {
    [this.#element, this.#map, this.#listeners] = [element, map, listeners];
    this.#cone = new Cone(map.maplibre, () => ({ ink: token("pin"), paper: token("map-paper") }));
    this.#main = new Stage(this.#part("stage"), () => this.#moved(this.#main, this.#other));
    this.#other = new Stage(this.#part("other"), () => this.#moved(this.#other, this.#main));
    this.#buttons();
    element.addEventListener("keydown", (event) => this.#key(event));
    addEventListener("popstate", () => this.follow());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#cone.redraw());
  }

  get isOpen() {
    return !this.#element.hidden;
  }

  /** Shows what the address has, or closes. */
  follow() {
    const found = photoInAddress();
    if (found && found.key !== this.#addressed) this.open(found.key, { view: found.view, step: false });
    else if (found) this.#main.look(found.view);
    else if (this.isOpen) this.close({ keep: false });
  }

  /** Opens the picture of that key; with `step`, Back returns to what was shown before. */
  open(key, { view = {}, step = true, focus = false } = {}) {
    return this.#load(() => pictureOf(key), { view, step, focus });
  }

  /** Opens the picture that looks at a place (lon, lat), turned towards it. */
  towards({ lng, lat }) {
    const look = ({ spherical, towards }) => (spherical ? { yaw: towards.bearing_deg } : {});
    return this.#load(() => pictureAt(lng, lat), { look, step: true });
  }

  close({ keep = true } = {}) {
    this.#asked += 1;
    clearTimeout(this.#keeping);
    this.#element.hidden = true;
    this.#main.clear();
    this.#other.clear();
    this.#cone.clear();
    if (keep) keepPhoto(null, null, { step: true });
    this.#listeners.closed();
  }

  get #addressed() {
    const { picture } = this.#main;
    return picture && this.isOpen ? (picture.released_key ?? picture.key) : null;
  }

  #part(name) {
    return this.#element.querySelector(`[data-photo-${name}]`);
  }

  async #load(ask, { view = {}, look = () => view, step, focus = false }) {
    const asked = ++this.#asked;
    this.#element.setAttribute("aria-busy", "true");
    try {
      const picture = await ask();
      if (asked !== this.#asked) return;
      this.#element.hidden = false;
      this.#describe(picture);
      const shown = this.#main.show(picture, look(picture));
      clearTimeout(this.#keeping);
      keepPhoto(picture.released_key ?? picture.key, null, { step });
      this.#listeners.opened(picture);
      if (focus) this.#part("stage").focus({ preventScroll: true });
      if (await shown) this.#draw();
      if (this.#compares) await this.#beside();
    } catch (fault) {
      if (asked === this.#asked) this.#fail(fault);
    } finally {
      if (asked === this.#asked) this.#element.removeAttribute("aria-busy");
    }
  }

  #fail(fault) {
    this.#listeners.failed(word(fault.status === 404 ? "photo_none" : "photo_failed"));
    if (this.#main.picture) return;
    this.close({ keep: false });
    keepPhoto(null);
  }

  #describe(picture) {
    const { words, links } = picture;
    this.#part("title").textContent = words.place;
    this.#part("line").textContent = [words.direction, words.when, picture.state].filter(Boolean).join(" · ");
    this.#part("synthetic").hidden = !picture.synthetic;
    this.#part("credit").textContent = [picture.author && `© ${picture.author}`, words.licence].filter(Boolean).join(", ");
    for (const name of ["page", "removal", "run"]) {
      this.#part(name).hidden = !links[name];
      if (links[name]) this.#part(name).href = links[name];
    }
    this.#part("previous").disabled = !picture.previous;
    this.#part("next").disabled = !picture.next;
    this.#part("said").textContent = words.text;
    this.#dates(picture);
  }

  // The days on which this place was photographed. In a comparison they choose the second picture.
  #dates({ key, here }) {
    const list = this.#part("dates");
    list.hidden = here.length < 2;
    if (list.hidden) this.#compare(false);
    const chips = here.map((one) => {
      const chip = document.createElement("button");
      [chip.type, chip.className, chip.textContent] = ["button", "photo-date", one.day];
      chip.title = one.run;
      if (one.key === key) chip.setAttribute("aria-current", "true");
      if (this.#compares) chip.setAttribute("aria-pressed", String(one.run === this.#otherRun));
      chip.addEventListener("click", () => this.#choose(one, key));
      return chip;
    });
    const had = this.#part("days").contains(document.activeElement);
    this.#part("days").replaceChildren(...chips);
    if (had) this.#part("days").querySelector("[aria-pressed=true], [aria-current]")?.focus();
  }

  #choose(one, shown) {
    if (one.key === shown) return;
    if (!this.#compares) {
      const { yaw, zoom } = this.#main.view ?? {};
      this.open(one.key, { view: one.projection === this.#main.picture.projection ? { yaw, zoom } : { yaw } });
      return;
    }
    this.#otherRun = one.run;
    this.#beside();
  }

  #compare(on) {
    if (on === this.#compares) return;
    this.#compares = on;
    this.#part("compare").setAttribute("aria-pressed", String(on));
    this.#part("stages").classList.toggle("photo-two", on);
    this.#part("other-part").hidden = !on;
    this.#part("main-day").hidden = !on;
    if (on) this.#beside();
    else this.#other.clear();
    if (!on && this.#main.picture) this.#draw();
  }

  // The same place in the chosen other run, else in the latest one that has it.
  async #beside() {
    const { picture } = this.#main;
    const others = picture.here.filter(({ key }) => key !== picture.key);
    const found = others.find(({ run }) => run === this.#otherRun) ?? others.at(-1);
    if (!found) return;
    this.#otherRun = found.run;
    this.#dates(picture);
    this.#part("main-day").textContent = picture.words.when;
    try {
      const other = await pictureOf(found.key);
      this.#part("other-day").textContent = other.words.when;
      this.#part("said").textContent = word("photo_beside", { other: other.words.text });
      if (!(await this.#other.show(other))) return;
      this.#follow(this.#main, this.#other);
      this.#draw();
    } catch {
      this.#listeners.failed(word("photo_failed"));
    }
  }

  #moved(from, other) {
    if (this.#compares) this.#follow(from, other);
    this.#draw();
  }

  // The one picture looks as the other does: with the same zoom, or where they are of two sorts, with the same angle.
  #follow(from, other) {
    if (!from.view || !other.picture) return;
    const { yaw, zoom, hfov } = from.view;
    other.look(from.picture.spherical === other.picture.spherical ? { yaw, zoom } : { yaw, hfov });
  }

  #draw() {
    const { view } = this.#main;
    if (!view) return;
    const shown = [this.#main, ...(this.#compares ? [this.#other] : [])].filter((stage) => stage.view);
    this.#cone.draw(shown.map((stage) => ({ lon: stage.picture.lon, lat: stage.picture.lat, ...stage.view })));
    clearTimeout(this.#keeping);
    const key = this.#addressed;
    this.#keeping = setTimeout(() => keepPhoto(key, view), KEPT_AFTER_MS);
  }

  #walk(way) {
    const key = this.#main.picture?.[way];
    if (!key) {
      this.#part("said").textContent = word(way === "next" ? "photo_last" : "photo_first");
      return;
    }
    const { yaw, zoom } = this.#main.view ?? {};
    this.open(key, { view: this.#main.picture.spherical ? { yaw, zoom } : {}, step: false });
  }

  #buttons() {
    const asked = {
      close: () => this.close(),
      previous: () => this.#walk("previous"),
      next: () => this.#walk("next"),
      closer: () => this.#main.zoomBy(ZOOM),
      farther: () => this.#main.zoomBy(-ZOOM),
      compare: () => this.#compare(!this.#compares),
    };
    for (const [name, act] of Object.entries(asked)) this.#part(name).addEventListener("click", act);
  }

  #key(event) {
    const acts = {
      ArrowLeft: () => this.#main.turn(-TURN),
      ArrowRight: () => this.#main.turn(TURN),
      ArrowUp: () => this.#walk("next"),
      ArrowDown: () => this.#walk("previous"),
      PageUp: () => this.#walk("next"),
      PageDown: () => this.#walk("previous"),
      "+": () => this.#main.zoomBy(ZOOM),
      "=": () => this.#main.zoomBy(ZOOM),
      "-": () => this.#main.zoomBy(-ZOOM),
      Escape: () => this.close(),
    };
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    act();
  }
}
