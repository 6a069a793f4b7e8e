// Builds a filter from simple conditions: a field, a comparison, a value. Used by the map and by tables.

import { conditionsOf, filterOf, holds, isComplete, opsOf } from "./filter.js";
import { icon } from "../page/icons.js";
import { word } from "../page/page.js";

const INPUTS = { number: "number", integer: "number", date: "date", text: "text" };

/** What a comparison is called. */
function opTitle(op, field) {
  const dated = field.type === "date";
  const names = {
    has: word("op_has"),
    eq: word("op_is"),
    ne: word("op_is_not"),
    ge: dated ? word("op_from") : word("op_at_least"),
    le: dated ? word("op_until") : word("op_at_most"),
    between: word("op_between"),
    known: word("op_known"),
    unknown: word("op_unknown"),
  };
  return names[op];
}

export class FilterBuilder {
  #element;
  #list;
  #fields;
  #changed;
  #conditions = [];
  #said;

  /**
   * `fields` are those of `/catalogue/{layer}/fields.json`; `filter` is CQL2-JSON or null. `changed(filter)` is called
   * with CQL2-JSON, or null, when the filter differs from before.
   */
  constructor(element, { fields, filter = null, changed }) {
    [this.#element, this.#fields, this.#changed] = [element, fields, changed];
    this.#element.classList.add("filter");
    this.#list = document.createElement("ul");
    this.#list.className = "filter-list";
    this.#element.replaceChildren(this.#list, this.#buttons());
    this.filter = filter;
  }

  /** The filter as CQL2-JSON, or null. */
  get filter() {
    return filterOf(this.#conditions, this.#fields);
  }

  /** Shows another filter, without calling `changed`. One that is more than simple conditions is shown as none. */
  set filter(filter) {
    if (this.#said !== undefined && JSON.stringify(filter) === this.#said) return;
    this.#said = JSON.stringify(filter);
    this.#conditions = conditionsOf(filter) ?? [];
    this.#draw();
  }

  #buttons() {
    const add = button("button-quiet", word("filter_add"), () => {
      const [field] = this.#fields;
      this.#conditions.push({ field: field.name, op: opsOf(field)[0], value: "" });
      this.#draw();
      this.#list.lastElementChild.querySelector("select").focus();
    });
    const clear = button("button-text", word("filter_clear"), () => {
      this.#conditions = [];
      this.#draw();
      this.#tell();
      add.focus();
    });
    clear.dataset.filterClear = "";
    const row = document.createElement("div");
    row.className = "filter-buttons";
    row.append(add, clear);
    return row;
  }

  #draw() {
    this.#list.replaceChildren(...this.#conditions.map((condition) => this.#row(condition)));
    this.#element.querySelector("[data-filter-clear]").hidden = !this.#conditions.length;
  }

  #tell() {
    const said = JSON.stringify(this.filter);
    if (said === this.#said) return;
    this.#said = said;
    this.#changed(this.filter);
  }

  #row(condition) {
    const row = document.createElement("li");
    row.className = "filter-row";
    const field = this.#fields.find(({ name }) => name === condition.field) ?? this.#fields[0];
    const fields = select(word("filter_field"), this.#fields.map(({ name, title }) => [name, title]), field.name, (name) => {
      const next = this.#fields.find((one) => one.name === name);
      this.#replace(row, condition, { field: name, op: opsOf(next)[0], value: "", until: "" });
    });
    const ops = select(word("filter_op"), opsOf(field).map((op) => [op, opTitle(op, field)]), condition.op, (op) => {
      this.#replace(row, condition, { op });
    });
    const remove = button("button-icon", "", () => {
      this.#conditions.splice(this.#conditions.indexOf(condition), 1);
      this.#draw();
      this.#tell();
      this.#element.querySelector(".filter-buttons button").focus();
    });
    remove.append(icon("close"));
    remove.setAttribute("aria-label", word("filter_remove"));
    row.append(fields, ops, ...this.#values(field, condition), remove);
    return row;
  }

  #replace(row, condition, change) {
    Object.assign(condition, change);
    const at = [...row.querySelectorAll("select")].indexOf(document.activeElement);
    const next = this.#row(condition);
    row.replaceWith(next);
    next.querySelectorAll("select")[at]?.focus();
    this.#tell();
  }

  #values(field, condition) {
    if (condition.op === "known" || condition.op === "unknown") return [];
    const control = (name, title) => this.#value(field, condition, name, title);
    if (condition.op !== "between") return [control("value", word("filter_value"))];
    return [control("value", word("op_at_least")), control("until", word("op_at_most"))];
  }

  #value(field, condition, name, title) {
    const changed = (value) => {
      condition[name] = value;
      if (isComplete(condition) || value === "") this.#tell();
    };
    const options = this.#options(field);
    if (options) return select(title, [["", "–"], ...options], condition[name] ?? "", changed, "filter-value");
    const input = document.createElement("input");
    input.type = INPUTS[field.type] ?? "text";
    if (field.type === "number") input.step = "any";
    input.className = "filter-value";
    input.value = condition[name] ?? "";
    input.placeholder = field.unit ?? "";
    input.setAttribute("aria-label", field.unit ? `${title} (${field.unit})` : title);
    input.addEventListener("change", () => changed(input.value));
    return input;
  }

  #options(field) {
    if (holds(field) === "choice") return Object.entries(field.choices);
    return field.type === "boolean" ? [["true", word("yes")], ["false", word("no")]] : null;
  }
}

function select(title, options, value, changed, className = "") {
  const made = document.createElement("select");
  made.className = className;
  made.setAttribute("aria-label", title);
  for (const [name, text] of options) made.append(new Option(text, name, false, name === value));
  made.addEventListener("change", () => changed(made.value));
  return made;
}

function button(className, text, pressed) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = className;
  made.textContent = text;
  made.addEventListener("click", pressed);
  return made;
}
