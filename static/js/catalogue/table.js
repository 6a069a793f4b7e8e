// The table page: the form offers comparisons and values of the chosen field, and the requested row is scrolled into
// view. Without this script the same filter is typed by hand.

const form = document.querySelector("[data-table-form]");
const chosen = form.querySelector("[data-add]");
const comparison = form.querySelector("[data-op]");
const NEEDS_NO_VALUE = ["known", "unknown"];

chosen.addEventListener("change", () => {
  fitComparison();
  fitValue();
});
comparison.addEventListener("change", () => fitValue());
fitComparison();
fitValue();
showPicked();

function type() {
  return chosen.selectedOptions[0].dataset.type ?? "";
}

// Only comparisons that make sense for the field stay.
function fitComparison() {
  const options = [...comparison.options];
  for (const option of options) option.hidden = option.disabled = !option.dataset.types.includes(type());
  if (comparison.selectedOptions[0]?.disabled) comparison.value = options.find((one) => !one.disabled).value;
}

// A list for codes, a calendar for days, else a line to type in.
function fitValue() {
  const old = form.elements.value;
  const choices = form.querySelector(`[data-choices="${chosen.value}"]`);
  const control = document.createElement(choices ? "select" : "input");
  control.className = choices ? "select" : "input";
  [control.id, control.name] = [old.id, old.name];
  if (choices) control.append(choices.content.cloneNode(true));
  else {
    control.type = type() === "d" ? "date" : "text";
    if (type() === "n") control.inputMode = "decimal";
  }
  control.value = old.value;
  if (choices && control.selectedIndex < 0) control.selectedIndex = 0;
  old.replaceWith(control);
  const useless = NEEDS_NO_VALUE.includes(comparison.value);
  control.disabled = useless;
  control.closest(".field").hidden = useless;
}

function showPicked() {
  const row = document.querySelector("[data-picked]");
  if (!row) return;
  row.scrollIntoView({ block: "center" });
  row.focus({ preventScroll: true });
}
