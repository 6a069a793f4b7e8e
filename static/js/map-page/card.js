// The card of a picked feature: its fields in words, their source, its history, actions, and other features at the
// same place.

import { inAddress } from "../page/address.js";
import { feature } from "../page/api.js";
import { historyOf } from "./card-history.js";
import { icon } from "../page/icons.js";
import { configuration, day, number, word } from "../page/page.js";

const UNGROUPED = /year|code|_no$/;
const MOST_OTHERS = 24;

export class Card {
  #element;
  #hits = [];
  #at = 0;
  #asked = 0;
  #answers = new Map();
  #listeners;

  /**
   * `listeners.picked(hit)` is called for each feature shown, `known(hit)` once it has an `id`,
   * `filled(answer, body)` when its fields are on the card, `opened(key)` for the street photo whose key
   * `pictured(answer)` gives, `closed({ focus })` when that closes; `zoom(answer)`, `around(answer)` and `copied(answer)` by its buttons.
   */
  constructor(element, listeners) {
    this.#element = element;
    this.#listeners = listeners;
    this.#part("close").addEventListener("click", () => this.close());
    addEventListener("keydown", ({ key, defaultPrevented }) => {
      if (key === "Escape" && !defaultPrevented && !element.hidden) this.close();
    });
  }

  /** The hit that is on the card, or null. */
  get hit() {
    return this.#element.hidden ? null : this.#hits[this.#at];
  }

  /** Opens the card on the first of these hits of the map; with none it closes. */
  open(hits) {
    if (!hits.length) {
      this.close();
      return;
    }
    this.#hits = hits.slice(0, MOST_OTHERS);
    this.#answers.clear();
    this.#element.hidden = false;
    this.#element.focus({ preventScroll: true });
    this.#show(0);
    this.#tellOthers();
  }

  /** Closes the card; with `focus` off, the focus stays where it is. */
  close({ focus = true } = {}) {
    if (this.#element.hidden) return;
    this.#asked += 1;
    this.#element.hidden = true;
    this.#listeners.closed({ focus });
  }

  #part(name) {
    return this.#element.querySelector(`[data-card-${name}]`);
  }

  // Each hit is requested once: the card and the list of other features share the answer.
  #answer(hit) {
    if (!this.#answers.has(hit)) this.#answers.set(hit, feature(hit.layer, hit.key, inAddress("at")));
    return this.#answers.get(hit);
  }

  async #show(at) {
    const asked = ++this.#asked;
    this.#at = at;
    const hit = this.#hits[at];
    const { singular } = kindOf(hit);
    this.#listeners.picked(hit);
    this.#part("kind").textContent = "";
    this.#part("title").textContent = singular;
    this.#part("synthetic").hidden = true;
    this.#part("actions").hidden = true;
    this.#markOther();
    this.#element.setAttribute("aria-busy", "true");
    try {
      const answer = await this.#answer(hit);
      if (asked === this.#asked) this.#fill(hit, answer, singular);
    } catch (fault) {
      this.#answers.delete(hit);
      if (asked === this.#asked) this.#fail(fault, at);
    } finally {
      if (asked === this.#asked) this.#element.removeAttribute("aria-busy");
    }
  }

  #fill(hit, answer, singular) {
    Object.assign(hit, { id: answer.feature_id });
    this.#listeners.known(hit);
    if (hit.version === undefined) {
      hit.version = answer.version_id;
      this.#listeners.picked(hit);
    }
    const title = answer.title || singular;
    this.#part("kind").textContent = title.startsWith(singular) ? "" : singular;
    this.#part("title").textContent = title;
    this.#part("synthetic").hidden = !answer.synthetic;
    this.#part("body").replaceChildren(
      facts(known(answer.fields)),
      ...missing(answer.fields),
      ...estimated(answer),
      facts(provenance(answer), "facts card-provenance"),
      historyOf(answer),
    );
    this.#listeners.filled(answer, this.#part("body"));
    this.#part("body").scrollTop = 0;
    this.#part("actions").replaceChildren(...this.#actions(answer));
    this.#part("actions").hidden = false;
  }

  #actions(answer) {
    const { layer, feature_id: id } = answer;
    const asked = (name) => () => this.#listeners[name](answer);
    const picture = this.#listeners.pictured(answer);
    return [
      ...(picture ? [action("street", () => this.#listeners.opened(picture), word("photo_open"))] : []),
      ...(answer.edit ? [link("draw", answer.edit, word("card_edit"))] : []),
      link("report", `/reports/place/?layer=${layer}&feature=${id}`, word("card_report")),
      link("table", `/catalogue/${layer}/table/?feature=${id}`, word("card_table")),
      action("zoom-to", asked("zoom"), word("card_zoom")),
      action("buffer", asked("around"), word("card_around")),
      action("link", asked("copied"), word("card_copy")),
    ];
  }

  #fail(fault, at) {
    const line = document.createElement("p");
    line.textContent = word(fault.status === 404 ? "card_gone" : "card_failed");
    const again = button("button-text", word("retry"), () => this.#show(at));
    this.#part("body").replaceChildren(...(fault.status === 404 ? [line] : [line, again]));
  }

  // What else is here, by layer, in the order in which it lies on the map.
  async #tellOthers() {
    const list = this.#part("others");
    list.hidden = this.#hits.length < 2;
    this.#part("count").textContent = list.hidden ? "" : word("card_here", { n: this.#hits.length });
    const groups = Map.groupBy(this.#hits, ({ layer }) => layer);
    const rows = [...groups].map(([slug, hits]) => this.#group(slug, hits));
    list.querySelector("ul").replaceChildren(...(list.hidden ? [] : rows));
    this.#markOther();
  }

  #group(slug, hits) {
    const row = document.createElement("li");
    const name = document.createElement("span");
    name.className = "card-layer";
    const { title, singular } = kindOf({ layer: slug });
    name.textContent = hits.length > 1 ? title : singular;
    row.append(name, ...hits.map((hit) => this.#other(hit)));
    return row;
  }

  #other(hit) {
    const chip = button("card-other", "…", () => this.#show(this.#hits.indexOf(hit)));
    chip.dataset.at = this.#hits.indexOf(hit);
    const { singular } = kindOf(hit);
    this.#answer(hit).then(
      ({ title }) => {
        chip.textContent = title === singular ? word("card_unnamed") : title.replace(`${singular} `, "");
      },
      () => {
        chip.hidden = true;
      },
    );
    return chip;
  }

  #markOther() {
    for (const chip of this.#part("others").querySelectorAll("button")) {
      if (Number(chip.dataset.at) === this.#at) chip.setAttribute("aria-current", "true");
      else chip.removeAttribute("aria-current");
    }
  }
}

function kindOf({ layer }) {
  return configuration.kinds.find(({ slug }) => slug === layer);
}

function known(fields) {
  return fields.map((field) => [field.title, fieldText(field)]).filter(([, value]) => value !== null);
}

// Unknown fields share one line, so that they do not hide the known ones.
function missing(fields) {
  const titles = fields.filter((field) => fieldText(field) === null).map(({ title }) => title.toLocaleLowerCase());
  if (!titles.length) return [];
  const line = document.createElement("p");
  line.className = "card-missing";
  line.textContent = word("missing", { fields: titles.join(", ") });
  return [line];
}

// Why the values are estimates, where they are.
function estimated({ estimated: reason }) {
  if (!reason) return [];
  const line = document.createElement("p");
  line.className = "card-missing";
  line.textContent = reason;
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

// A field's value as shown, or null where it is unknown. `text` is the server's label of a coded value.
function fieldText({ name, value, text, unit }) {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "boolean") return word(value ? "yes" : "no");
  const coded = text && text !== String(value);
  let shown = coded ? text : String(value);
  if (!coded && typeof value === "number") shown = number(value, { grouped: !UNGROUPED.test(name) });
  if (!coded && typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value)) shown = day(value) ?? value;
  return unit && !shown.endsWith(unit) ? `${shown}\u00a0${unit}` : shown;
}

function link(name, address, text) {
  const element = document.createElement("a");
  element.className = "card-action";
  element.href = address;
  element.append(icon(name), text);
  return element;
}

function action(name, listener, text) {
  const element = button("card-action", "", listener);
  element.append(icon(name), text);
  return element;
}

function button(className, text, listener) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = className;
  element.textContent = text;
  element.addEventListener("click", listener);
  return element;
}
