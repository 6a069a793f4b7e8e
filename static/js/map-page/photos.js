// Street photos on the map page: a click on one, or on the map while the viewer is open, opens the picture beside the
// map. The viewer itself is loaded with the first picture.

import { configuration } from "../page/page.js";

const CLOSE = 17;

export class Photos {
  #element;
  #map;
  #layers;
  #notice;
  #viewer = null;

  constructor(element, { map, layers, notice }) {
    [this.#element, this.#map, this.#layers, this.#notice] = [element, map, layers, notice];
    if (new URLSearchParams(location.search).has("photo")) this.#ready().then((viewer) => viewer.follow());
  }

  get isOpen() {
    return this.#viewer?.isOpen ?? false;
  }

  /** Whether a hit of the map is a picture that the visitor may see. */
  has(hit) {
    return Boolean(hit?.picture) && hit.layer === configuration.photos?.layer;
  }

  /** The key of the picture on a card, or null. */
  keyOf({ layer, fields }) {
    return layer === configuration.photos?.layer ? (fields.find(({ name }) => name === "picture")?.value ?? null) : null;
  }

  async open(key, options = {}) {
    (await this.#ready()).open(key, options);
  }

  async towards(place) {
    (await this.#ready()).towards(place);
  }

  async #ready() {
    if (this.#viewer) return this.#viewer;
    const { PhotoViewer } = await import("../photos/viewer.js");
    await this.#map.ready;
    this.#viewer ??= new PhotoViewer(this.#element, this.#map, {
      opened: (picture) => this.#opened(picture),
      closed: () => this.#map.canvas.focus({ preventScroll: true }),
      failed: (text) => this.#notice.say(text),
    });
    return this.#viewer;
  }

  // The layer of the pictures is on the map, and the map shows where the picture was taken.
  #opened({ lon, lat }) {
    this.#notice.clear();
    const { layer } = configuration.photos ?? {};
    if (layer && !this.#layers.shown.some(({ slug }) => slug === layer)) this.#layers.show(layer);
    const { maplibre } = this.#map;
    requestAnimationFrame(() => {
      maplibre.resize();
      const { x, y } = maplibre.project([lon, lat]);
      const { clientWidth: wide, clientHeight: high } = maplibre.getContainer();
      const seen = x > wide * 0.15 && x < wide * 0.85 && y > high * 0.2 && y < high * 0.85;
      if (!seen || this.#map.zoom < CLOSE - 2) this.#map.jump({ center: [lon, lat], zoom: Math.max(CLOSE, this.#map.zoom) });
    });
  }
}
