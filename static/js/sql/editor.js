// The editor of a statement: inserts names, and shows the position of an error.

import { word } from "../page/page.js";

const NAME = /^[\p{L}\p{N}_]+/u;

export class SqlEditor {
  #area;
  #box;
  #position = 0;
  /** What Ctrl+Enter does. */
  onRun = () => {};

  /** `box` is the element that shows an error. */
  constructor(area, box) {
    [this.#area, this.#box] = [area, box];
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.onRun();
    });
    box.querySelector("[data-sql-fault-place]").addEventListener("click", () => this.#select());
  }

  get text() {
    return this.#area.value;
  }

  /** Writes a name where the cursor is, apart from the words around it. */
  insert(name) {
    const { selectionStart: start, selectionEnd: end, value } = this.#area;
    const before = start && !/[\s(.,]$/.test(value.slice(0, start)) ? " " : "";
    this.#area.setRangeText(before + name, start, end, "end");
    this.#area.focus();
  }

  /** Another statement instead of this one; Ctrl+Z of the browser brings the old one back where it can. */
  load(text) {
    this.#area.focus();
    this.#area.select();
    if (!document.execCommand("insertText", false, text)) this.#area.value = text;
    this.#area.setSelectionRange(0, 0);
    this.#area.scrollTop = 0;
    this.clearFault();
  }

  clearFault() {
    this.#box.hidden = true;
    this.#area.removeAttribute("aria-invalid");
  }

  /** Shows an error; with `line`, `column` and `position` also its position, which is selected in the text. */
  showFault(words, { line, column, position }) {
    const place = this.#box.querySelector("[data-sql-fault-place]");
    const excerpt = this.#box.querySelector("[data-sql-excerpt]");
    place.hidden = excerpt.hidden = !line;
    this.#box.hidden = false;
    this.#box.querySelector("[data-sql-fault-words]").textContent = words;
    if (!line) {
      this.#box.scrollIntoView({ block: "nearest" });
      return;
    }
    this.#area.setAttribute("aria-invalid", "true");
    place.textContent = word("sql_place", { line, column });
    this.#position = utf16(this.text, position);
    excerpt.replaceChildren(...this.#marked());
    this.#select();
    this.#box.scrollIntoView({ block: "nearest" });
  }

  #word() {
    return NAME.exec(this.text.slice(this.#position))?.[0].length || 1;
  }

  #marked() {
    const begin = this.text.lastIndexOf("\n", this.#position - 1) + 1;
    const end = (this.text + "\n").indexOf("\n", this.#position);
    const mark = document.createElement("mark");
    const until = Math.min(this.#position + this.#word(), end);
    mark.textContent = this.text.slice(this.#position, until) || " ";
    return [this.text.slice(begin, this.#position), mark, this.text.slice(until, end)];
  }

  #select() {
    this.#area.focus();
    this.#area.setSelectionRange(this.#position, Math.min(this.#position + this.#word(), this.text.length));
  }
}

// The server counts code points, the browser UTF-16 units: 😀 is one and two.
function utf16(text, signs) {
  return [...text].slice(0, signs).join("").length;
}
