// A tooltip with the name of the feature under the mouse.

import { configuration } from "./page.js";

export class Tip {
  #element;

  constructor(element) {
    this.#element = element;
  }

  /** Shows the name of a hit near a point of the map, where its tile has one; hides it for null. */
  show(hit, point) {
    const text = hit && nameOf(hit);
    this.#element.hidden = !text;
    if (!text) return;
    this.#element.textContent = text;
    const room = this.#element.parentElement.clientWidth;
    const left = Math.min(point.x + 14, room - this.#element.offsetWidth - 8);
    this.#element.style.transform = `translate(${Math.max(8, left)}px, ${point.y + 16}px)`;
  }
}

// A name that is a number is shown after the singular of its kind.
function nameOf({ layer, properties }) {
  const { singular, name_field: field } = configuration.kinds.find(({ slug }) => slug === layer);
  const name = properties[field];
  if (!name) return "";
  return /^\d/.test(name) ? `${singular} ${name}` : String(name);
}
