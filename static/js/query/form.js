// The form of a spatial question: conditions built by hand, choices that follow the layer, an area drawn or opened.

import { fields } from "../page/api.js";
import { cqlText } from "../filter/cql2-text.js";
import { FilterBuilder } from "../filter/builder.js";
import { configuration, word } from "../page/page.js";
import { QueryArea } from "./area.js";

const LONGEST_ADDRESS = 6000;
const { query } = configuration;
const form = document.querySelector("[data-query-form]");
const state = form.querySelector("[data-query-state]");
const { elements } = form;

conditions("layer", "filter", query.filter);
conditions("to", "to_filter", query.to_filter);
elements.layer.addEventListener("change", choices);
for (const name of ["relation", "measure"]) elements[name].addEventListener("change", follow);
form.addEventListener("submit", (event) => send(event));
const area = new QueryArea(form, () => {
  if (elements.area.value && elements.district) elements.district.value = "";
});
elements.district?.addEventListener("change", () => elements.district.value && area.clear());
window.addEventListener("pageshow", whole);
follow();

// What is typed as text and what is built by hand are the same filter: the builder writes it as text.
function conditions(layer, name, tree) {
  const box = form.querySelector(`[data-builder="${name}"]`);
  let asked = 0;
  const show = async (filter) => {
    const mine = (asked += 1);
    const slug = elements[layer].value;
    box.hidden = true;
    if (!slug) return;
    try {
      const offered = await fields(slug);
      if (mine !== asked || !offered.length) return;
      const changed = (built) => {
        elements[name].value = cqlText(built);
      };
      new FilterBuilder(box.querySelector("[data-conditions]"), { fields: offered, filter, changed });
      box.hidden = false;
    } catch {
      state.textContent = word("query_fields_failed");
    }
  };
  elements[layer].addEventListener("change", () => {
    elements[name].value = "";
    show(null);
  });
  show(tree);
}

function choices() {
  const { numbers, groups } = query.choices[elements.layer.value] ?? { numbers: [], groups: [] };
  offer(elements.of, numbers);
  offer(elements.by, groups);
}

function offer(select, options) {
  for (const option of [...select.options].slice(1)) if (option.dataset.fixed === undefined) option.remove();
  select.append(...options.map(([name, title]) => new Option(title, name)));
  select.selectedIndex = 0;
}

// Only what the question needs is shown.
function follow() {
  const relation = elements.relation.value;
  const measure = elements.measure.value;
  const shown = {
    relation: relation !== "",
    near: relation === "near",
    negatable: relation !== "" && relation !== "nearest",
    measure: measure !== "",
    number: measure !== "" && measure !== "count",
  };
  elements.to.required = shown.relation;
  elements.distance_m.required = shown.near;
  elements.of.required = shown.number;
  for (const part of form.querySelectorAll("[data-when]")) part.hidden = !shown[part.dataset.when];
}

// Empty parameters are left out of the address; one that is too long for an address is not sent.
function send(event) {
  const words = [...new FormData(form)].filter(([, text]) => text !== "");
  if (new URLSearchParams(words).toString().length > LONGEST_ADDRESS) {
    event.preventDefault();
    state.textContent = word(save(words) ? "query_asking" : "query_long");
    return;
  }
  for (const control of elements) if (control.name && control.value === "") control.disabled = true;
  state.textContent = word("query_asking");
}

// A question that is too long for an address is saved, where the visitor may save: then its link is short.
function save(words) {
  const keeper = document.querySelector("[data-query-keeper]");
  if (!keeper) return false;
  keeper.querySelectorAll("[data-word]").forEach((one) => one.remove());
  for (const [name, value] of words) {
    const input = Object.assign(document.createElement("input"), { type: "hidden", name, value });
    input.dataset.word = name;
    keeper.append(input);
  }
  keeper.submit();
  return true;
}

// The page may come back from the browser's memory as it was when it was left.
function whole() {
  for (const control of elements) control.disabled = false;
  state.textContent = "";
}
