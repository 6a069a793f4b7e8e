// The boxes as a list to read: what is where and who found it, with a choice of what it is and a button to remove it.

import { icon } from "../page/icons.js";
import { number, word } from "../page/page.js";

const WHAT = { face: "review_face", plate: "review_plate", other: "review_other" };
const SOURCE = { before: "review_from_before", moved: "review_moved" };
const percent = (share) => number(Math.round(share * 100));

/** A box in words. */
export function boxWords(boxes, index) {
  const box = boxes[index];
  return word("review_box", { n: index + 1, all: boxes.length, what: word(WHAT[box.what]), where: where(box), source: source(box) });
}

function where(box) {
  return word("review_where", {
    left: percent(box.left),
    top: percent(box.top),
    width: percent(box.right - box.left),
    height: percent(box.bottom - box.top),
  });
}

function source(box) {
  if (box.model) return word("review_by_model", { model: box.model, score: box.score === null ? "–" : number(Math.round(box.score * 100) / 100) });
  return word(SOURCE[box.from] ?? "review_by_person");
}

export class List {
  #element;
  #none;

  /** `on` has `go(index)`, `chosen(index, what)` and `removed(index)`. */
  constructor(element, none, on) {
    this.#element = element;
    this.#none = none;
    this.on = on;
    none.textContent = word("review_no_box");
  }

  draw(boxes) {
    this.#none.hidden = boxes.length > 0;
    const rows = this.#element.children;
    while (rows.length > boxes.length) this.#element.lastElementChild.remove();
    while (rows.length < boxes.length) this.#element.append(this.#row(rows.length));
    boxes.forEach((box, index) => this.#fill(rows[index], boxes, index));
  }

  #row(index) {
    const row = document.createElement("li");
    const go = document.createElement("button");
    const choice = document.createElement("select");
    const remove = document.createElement("button");
    go.type = remove.type = "button";
    go.className = "button-text";
    choice.className = "select";
    choice.append(...Object.entries(WHAT).map(([value, title]) => new Option(word(title), value)));
    remove.className = "button-icon";
    remove.append(icon("trash"));
    go.addEventListener("click", () => this.on.go(index));
    choice.addEventListener("change", () => this.on.chosen(index, choice.value));
    remove.addEventListener("click", () => this.on.removed(index));
    row.append(go, choice, remove);
    return row;
  }

  #fill(row, boxes, index) {
    const [go, choice, remove] = row.children;
    const box = boxes[index];
    go.textContent = `${where(box)}; ${source(box)}`;
    choice.value = box.what;
    choice.setAttribute("aria-label", word("review_what", { n: index + 1 }));
    remove.setAttribute("aria-label", word("review_remove", { n: index + 1 }));
  }
}
