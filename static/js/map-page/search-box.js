// The search over the map: suggestions while one types, a place when one chooses (a combobox of the ARIA practices).

import { places } from "../page/api.js";
import { icon } from "../page/icons.js";
import { word } from "../page/page.js";

const WAIT_MS = 180;
const SHORTEST = 2;

export class SearchBox {
  #element;
  #input;
  #list;
  #note;
  #status;
  #clear;
  #chosen;
  #cleared;
  #results = [];
  #at = -1;
  #asked = 0;
  #timer = 0;

  /** `chosen(place)` is called with a result of the server, `cleared()` when the box is emptied. */
  constructor(element, { chosen, cleared }) {
    const part = (name) => element.querySelector(`[data-search-${name}]`);
    [this.#element, this.#chosen, this.#cleared] = [element, chosen, cleared];
    [this.#input, this.#list, this.#note] = [part("input"), part("list"), part("note")];
    [this.#status, this.#clear] = [part("status"), part("clear")];
    this.#input.addEventListener("input", () => this.#typed());
    this.#input.addEventListener("keydown", (event) => this.#pressed(event));
    this.#input.addEventListener("focus", () => this.#results.length && this.#open(true));
    this.#clear.addEventListener("click", () => this.#empty());
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    this.#list.addEventListener("click", ({ target }) => this.#choose(this.#options.indexOf(target.closest("li"))));
    element.addEventListener("submit", (event) => event.preventDefault());
    element.addEventListener("focusout", ({ relatedTarget }) => {
      if (element.contains(relatedTarget)) return;
      this.#open(false);
      this.#note.textContent = "";
    });
    addEventListener("keydown", (event) => this.#shortcut(event));
  }

  get #options() {
    return [...this.#list.children];
  }

  // A single key may only work where nobody types and no other widget has the focus (WCAG 2.1.4).
  #shortcut(event) {
    const free = document.activeElement === document.body || document.activeElement.matches("canvas");
    if (event.key !== "/" || !free || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#input.focus();
    this.#input.select();
  }

  #typed() {
    const text = this.#input.value.trim();
    clearTimeout(this.#timer);
    this.#clear.hidden = !this.#input.value;
    if (text.length < SHORTEST) {
      this.#asked += 1;
      this.#show([], "");
      this.#status.textContent = "";
    } else {
      this.#timer = setTimeout(() => this.#ask(text), WAIT_MS);
    }
  }

  async #ask(text) {
    const asked = ++this.#asked;
    this.#element.setAttribute("aria-busy", "true");
    try {
      const { results, note } = await places(text);
      if (asked !== this.#asked) return;
      this.#show(results, note || (results.length ? "" : word("search_nothing")));
      this.#status.textContent = results.length ? word("search_count", { n: results.length }) : "";
    } catch {
      if (asked === this.#asked) this.#show([], word("search_failed"));
    } finally {
      if (asked === this.#asked) this.#element.removeAttribute("aria-busy");
    }
  }

  #show(results, note) {
    this.#results = results;
    this.#list.replaceChildren(...results.map(option));
    this.#note.textContent = note;
    this.#mark(-1);
    this.#open(results.length > 0 && this.#element.contains(document.activeElement));
  }

  #open(open) {
    this.#list.hidden = !open;
    this.#input.setAttribute("aria-expanded", String(open));
    if (!open) this.#mark(-1);
  }

  #mark(at) {
    this.#at = at;
    this.#options.forEach((row, index) => row.setAttribute("aria-selected", String(index === at)));
    const marked = this.#options[at];
    if (marked) this.#input.setAttribute("aria-activedescendant", marked.id);
    else this.#input.removeAttribute("aria-activedescendant");
    marked?.scrollIntoView({ block: "nearest" });
  }

  #pressed(event) {
    const { key } = event;
    const count = this.#results.length;
    if (key === "Escape") {
      event.preventDefault();
      if (this.#list.hidden) this.#empty();
      else this.#open(false);
    } else if ((key === "ArrowDown" || key === "ArrowUp") && count) {
      event.preventDefault();
      if (this.#list.hidden) this.#open(true);
      const step = key === "ArrowDown" ? 1 : -1;
      this.#mark(this.#at < 0 && step < 0 ? count - 1 : (this.#at + step + count) % count);
    } else if (key === "Enter") {
      event.preventDefault();
      this.#enter();
    }
  }

  // Enter takes the marked result, or the first one; where the answer is still under way, it is waited for.
  async #enter() {
    const text = this.#input.value.trim();
    if (this.#at < 0 && text.length >= SHORTEST) {
      clearTimeout(this.#timer);
      await this.#ask(text);
    }
    this.#choose(Math.max(this.#at, 0));
  }

  #choose(at) {
    const place = this.#results[at];
    if (!place) return;
    this.#input.value = place.title;
    this.#clear.hidden = false;
    this.#open(false);
    this.#status.textContent = word("search_shown", { place: place.title });
    this.#chosen(place);
  }

  #empty() {
    this.#input.value = "";
    this.#typed();
    this.#input.focus();
    this.#cleared();
  }
}

function option(place, index) {
  const row = document.createElement("li");
  row.id = `search-option-${index}`;
  row.role = "option";
  row.className = "search-option";
  const words = document.createElement("span");
  words.className = "search-words";
  words.append(line("search-title", place.title), line("search-detail", [place.type_title, place.detail].filter(Boolean).join(" · ")));
  row.append(icon(place.icon), words);
  return row;
}

function line(className, text) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}
