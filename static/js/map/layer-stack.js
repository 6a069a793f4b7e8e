// The style's layers in their order: updates the map to the wanted layers with the fewest changes.

const WORDS = "words-begin";
const TOP = "layers-end";
const ANCHOR = { type: "background", layout: { visibility: "none" } };

export class LayerStack {
  #map;
  #drawn = new Map();

  /** `marks` are layers that stay between the map and its words. */
  constructor(map, marks) {
    this.#map = map;
    map.addLayer({ ...ANCHOR, id: TOP });
    map.addLayer({ ...ANCHOR, id: WORDS }, TOP);
    for (const layer of marks) this.mark(layer);
    this.first = marks[0].id;
  }

  /** Ids of the layers drawn, marks left out. */
  get ids() {
    return [...this.#drawn.keys()];
  }

  /** Puts a mark right under the words. */
  mark(layer) {
    this.#map.addLayer(layer, WORDS);
  }

  /** Draws these layers, lowest first, and no others; `words` lie above the marks. */
  draw(layers, words) {
    const wanted = new Map([...layers, ...words].map((layer) => [layer.id, layer]));
    for (const [id, was] of this.#drawn) {
      const now = wanted.get(id);
      if (now && this.#repainted(id, was, now)) continue;
      this.#map.removeLayer(id);
      this.#drawn.delete(id);
    }
    this.#stack(layers, this.first);
    this.#stack(words, TOP);
  }

  clear() {
    for (const id of this.#drawn.keys()) this.#map.removeLayer(id);
    this.#drawn.clear();
  }

  #stack(layers, end) {
    let before = end;
    for (const layer of layers.toReversed()) {
      if (this.#drawn.has(layer.id)) this.#place(layer.id, before);
      else this.#map.addLayer(layer, before);
      this.#drawn.set(layer.id, layer);
      before = layer.id;
    }
  }

  #place(id, before) {
    const order = this.#map.getLayersOrder();
    if (order[order.indexOf(id) + 1] !== before) this.#map.moveLayer(id, before);
  }

  // Whether a drawn layer is as wanted; where only its paint differs it is painted anew, without reading tiles again.
  #repainted(id, was, now) {
    const shape = (layer) => JSON.stringify({ ...layer, paint: null });
    if (shape(was) !== shape(now)) return false;
    for (const name of new Set([...Object.keys(was.paint ?? {}), ...Object.keys(now.paint ?? {})])) {
      if (JSON.stringify(was.paint[name]) === JSON.stringify(now.paint[name])) continue;
      this.#map.setPaintProperty(id, name, now.paint[name]);
    }
    return true;
  }
}
