// The list of stored shapes: name, size, and buttons for each.

import { sizeText } from "./geodesy.js";
import { icon } from "../page/icons.js";
import { word } from "../page/page.js";

const LONGEST_ADDRESS = 6000;

export class ShapeRows {
  #list;
  #shapes;
  #asked;

  /** `asked.zoom(shape)`, `asked.edit(shape)` and `asked.around(shape)` are called by the buttons of a row. */
  constructor(list, shapes, asked) {
    [this.#list, this.#shapes, this.#asked] = [list, shapes, asked];
  }

  /** Shows these shapes, latest first; the corners of the one with the id `edited` are on the map. */
  show(shapes, edited) {
    const focused = document.activeElement?.closest?.("[data-shape]");
    const kept = focused && this.#list.contains(focused) && [focused.dataset.shape, document.activeElement.dataset.act];
    this.#list.replaceChildren(...shapes.toReversed().map((shape) => this.#row(shape, shape.id === edited)));
    if (!kept) return;
    const [id, act] = kept;
    const again = this.#list.querySelector(`[data-shape="${id}"] [data-act="${act}"]`);
    (again ?? this.#list.querySelector("[data-act]"))?.focus({ preventScroll: true });
  }

  #row(shape, edited) {
    const row = document.createElement("li");
    row.className = "shape";
    row.dataset.shape = shape.id;
    const name = this.#name(shape);
    const size = document.createElement("span");
    size.className = "shape-size";
    size.textContent = sizeText(shape.geometry);
    const acts = document.createElement("div");
    acts.className = "shape-acts";
    const about = shape.properties.label || word("shape_unnamed");
    acts.append(
      act("zoom-to", word("shape_zoom", { shape: about }), () => this.#asked.zoom(shape)),
      ...(movable(shape) ? [act("draw", word("shape_edit", { shape: about }), () => this.#asked.edit(shape), edited)] : []),
      act("buffer", word("shape_around", { shape: about }), () => this.#asked.around(shape)),
      ...report(shape, about),
      act("trash", word("shape_remove", { shape: about }), () => this.#shapes.remove(shape.id)),
    );
    row.append(swatch(shape), name, size, acts);
    return row;
  }

  #name(shape) {
    const input = document.createElement("input");
    input.className = "shape-name";
    input.dataset.act = "name";
    input.value = shape.properties.label;
    input.maxLength = 120;
    input.placeholder = word("shape_unnamed");
    input.setAttribute("aria-label", word("shape_label"));
    input.addEventListener("change", () => this.#shapes.change(shape.id, { label: input.value.trim() }));
    return input;
  }
}

function swatch({ properties }) {
  const mark = document.createElement("span");
  mark.className = `tool-swatch tool-swatch-${properties.color}`;
  return mark;
}

function act(name, title, listener, pressed = null) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button-icon";
  button.dataset.act = name;
  button.title = title;
  button.setAttribute("aria-label", title);
  if (pressed !== null) button.setAttribute("aria-pressed", String(pressed));
  button.append(icon(name));
  button.addEventListener("click", listener);
  return button;
}

function movable({ geometry }) {
  return geometry.type !== "Polygon" || geometry.coordinates.every((ring) => ring.length < 300);
}

// The link to the place report of a shape; a shape with very many corners does not fit into an address.
function report({ geometry }, about) {
  const lines = geometry.type === "LineString";
  const at = geometry.type === "Point" ? `point=${geometry.coordinates.join(",")}` : `area=${encodeURIComponent(JSON.stringify(geometry))}`;
  if (lines || at.length > LONGEST_ADDRESS) return [];
  const link = document.createElement("a");
  link.className = "button-icon";
  link.dataset.act = "report";
  link.href = `/reports/place/?${at}`;
  link.title = word("shape_report", { shape: about });
  link.setAttribute("aria-label", link.title);
  link.append(icon("report"));
  return [link];
}
