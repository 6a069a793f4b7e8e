// The card of a picked feature: its fields in words, where they come from, and the other features at the same place.

import { feature } from "./api.js";
import { configuration, day, number, word } from "./page.js";

const UNGROUPED = /year|code|_no$/;

export class Card {
  #element;
  #hits = [];
  #at = 0;
  #asked = 0;
  #listeners;

  /** `listeners.picked(hit)` follows the feature on the card, `listeners.closed()` its end. */
  constructor(element, listeners) {
    this.#element = element;
    this.#listeners = listeners;
    this.#part("close").addEventListener("click", () => this.close());
    this.#part("previous").addEventListener("click", () => this.#step(-1));
    this.#part("next").addEventListener("click", () => this.#step(1));
    addEventListener("keydown", ({ key }) => {
      if (key === "Escape" && !element.hidden) this.close();
    });
  }

  /** Opens the card on the first of these hits of the map; with none it closes. */
  open(hits) {
    if (!hits.length) {
      this.close();
      return;
    }
    this.#hits = hits;
    this.#at = 0;
    this.#element.hidden = false;
    this.#element.focus({ preventScroll: true });
    this.#load();
  }

  close() {
    if (this.#element.hidden) return;
    this.#asked += 1;
    this.#element.hidden = true;
    this.#listeners.closed();
  }

  #part(name) {
    return this.#element.querySelector(`[data-card-${name}]`);
  }

  #step(by) {
    this.#at = (this.#at + by + this.#hits.length) % this.#hits.length;
    this.#load();
  }

  async #load() {
    const asked = ++this.#asked;
    const hit = this.#hits[this.#at];
    const { singular } = configuration.kinds.find(({ slug }) => slug === hit.layer);
    this.#listeners.picked(hit);
    this.#part("steps").hidden = this.#hits.length < 2;
    this.#part("position").textContent = word("card_position", { n: this.#at + 1, all: this.#hits.length });
    this.#part("kind").textContent = "";
    this.#part("title").textContent = singular;
    this.#part("synthetic").hidden = true;
    this.#element.setAttribute("aria-busy", "true");
    try {
      const answer = await feature(hit.layer, hit.key);
      if (asked === this.#asked) this.#show(answer, singular);
    } catch (fault) {
      if (asked === this.#asked) this.#fail(fault);
    } finally {
      if (asked === this.#asked) this.#element.removeAttribute("aria-busy");
    }
  }

  #show(answer, singular) {
    const title = answer.title || singular;
    this.#part("kind").textContent = title.startsWith(singular) ? "" : singular;
    this.#part("title").textContent = title;
    this.#part("synthetic").hidden = !answer.synthetic;
    this.#part("body").replaceChildren(
      facts(known(answer.fields)),
      ...missing(answer.fields),
      facts(provenance(answer), "facts card-provenance"),
    );
    this.#part("body").scrollTop = 0;
  }

  #fail(fault) {
    const line = document.createElement("p");
    line.textContent = word(fault.status === 404 ? "card_gone" : "card_failed");
    const again = document.createElement("button");
    again.type = "button";
    again.className = "button-text";
    again.textContent = word("retry");
    again.addEventListener("click", () => this.#load());
    this.#part("body").replaceChildren(...(fault.status === 404 ? [line] : [line, again]));
  }
}

function known(fields) {
  return fields.map((field) => [field.title, fieldText(field)]).filter(([, value]) => value !== null);
}

// What is not known takes one line, so that it does not hide what is.
function missing(fields) {
  const titles = fields.filter((field) => fieldText(field) === null).map(({ title }) => title.toLocaleLowerCase());
  if (!titles.length) return [];
  const line = document.createElement("p");
  line.className = "card-missing";
  line.textContent = word("missing", { fields: titles.join(", ") });
  return [line];
}

function provenance({ source, dataset, data_date: date, recorded_from: recorded, licence }) {
  return [
    [word("source"), source],
    [word("dataset"), dataset],
    [word("data_date"), day(date)],
    [word("recorded_from"), day(recorded)],
    [word("licence"), licence],
  ].filter(([, value]) => value);
}

function facts(rows, className = "facts") {
  const list = document.createElement("dl");
  list.className = className;
  for (const [title, value] of rows) {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    const meaning = document.createElement("dd");
    term.textContent = title;
    meaning.textContent = value;
    row.append(term, meaning);
    list.append(row);
  }
  return list;
}

// A field as people read it, or null where it is not known. `text` is the server's word for a coded value.
function fieldText({ name, value, text, unit }) {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "boolean") return word(value ? "yes" : "no");
  const coded = text && text !== String(value);
  let shown = coded ? text : String(value);
  if (!coded && typeof value === "number") shown = number(value, { grouped: !UNGROUPED.test(name) });
  if (!coded && typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value)) shown = day(value) ?? value;
  return unit && !shown.endsWith(unit) ? `${shown}\u00a0${unit}` : shown;
}
