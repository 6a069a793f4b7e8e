// The edit form: shows what changed, stores it as a draft until it is saved, and synchronizes the map with the
// coordinates as text.

import { editGeometry } from "../page/api.js";
import { dropDraft, keepDraft, keptDraft } from "./draft.js";
import { EditMap } from "./map.js";
import { configuration, word } from "../page/page.js";

const WAIT_MS = 700;
const { edit } = configuration;
const main = document.querySelector("[data-edit]");
const form = document.querySelector("[data-edit-form]");
const part = (name) => document.querySelector(`[data-edit-${name}]`);
const text = form.elements.geom;
const stored = { ...edit.stored, geom: edit.text, note: "" };
const steps = [];
let map = null;
let pending = null;
let leaving = false;
let before = text.value;

if ("editFresh" in main.dataset) forget();
restore();
follow();
tell();
await begin();

function inputs() {
  return [...form.elements].filter(({ name }) => name in stored);
}

function changed() {
  return inputs().filter(({ name, value }) => value.trim() !== stored[name].trim());
}

// With an unchanged address every reload would delete the draft again.
function forget() {
  dropDraft();
  history.replaceState(null, "", location.pathname);
}

function restore() {
  const draft = keptDraft();
  const mine = draft?.account === edit.account; // Somebody else may have logged in meanwhile.
  const differs = mine && inputs().some(({ name, value }) => name in draft.values && draft.values[name] !== value);
  if (!differs) return;
  for (const input of inputs()) if (input.name in draft.values) input.value = draft.values[input.name];
  // Saved against the version that was read: a change by others meanwhile is shown as a conflict.
  if (form.elements.version && draft.version) form.elements.version.value = draft.version;
  before = text.value;
  part("draft").hidden = false;
  part("draft-words").textContent = word("edit_draft");
}

function follow() {
  form.addEventListener("input", tell);
  text.addEventListener("input", () => {
    clearTimeout(pending?.timer);
    const timer = setTimeout(() => read({ text: text.value }), WAIT_MS);
    pending = { timer };
  });
  form.addEventListener("submit", send);
  addEventListener("beforeunload", (event) => {
    if (!leaving && changed().length) event.preventDefault();
  });
  part("discard").addEventListener("click", () => {
    leaving = true;
    dropDraft();
    location.assign(location.pathname);
  });
  part("tools").hidden = false;
  part("undo").addEventListener("click", back);
  part("original")?.addEventListener("click", () => take(edit.text));
}

// Waits for a shape that the server is reading; then the form is sent.
async function send(event) {
  if (pending?.answer) {
    event.preventDefault();
    const { submitter } = event;
    await pending.answer;
    form.requestSubmit(submitter);
    return;
  }
  leaving = true;
}

async function begin() {
  const container = part("map");
  try {
    map = new EditMap(container, {
      changed: (geometry) => read({ geometry }),
      said: (words) => say(words),
      drawing: (on) => {
        part("finish").hidden = !on || edit.form === "point";
        part("part").hidden = on || !edit.many || !text.value.trim();
      },
    });
  } catch {
    container.dataset.state = "failed";
    say(word("no_graphics"));
    return;
  }
  document.querySelector(".edit-map-words").remove();
  await map.begin(text.value.trim() === edit.text ? edit.geometry : null);
  if (text.value.trim() && text.value.trim() !== edit.text) await read({ text: text.value });
  part("draw").addEventListener("click", () => map.draw());
  part("part").addEventListener("click", () => map.draw({ adding: true }));
  part("finish").addEventListener("click", () => map.finish());
  container.dataset.ready = "true";
}

// The shape as the server reads it: from the map as text, from the text onto the map.
function read(shape) {
  clearTimeout(pending?.timer);
  const mine = { answer: null };
  mine.answer = ask(shape, mine);
  pending = mine;
  return mine.answer;
}

async function ask(shape, mine) {
  await null;
  try {
    const answer = await editGeometry({ layer: edit.layer, ...shape });
    if (pending === mine) apply(shape, answer);
  } catch (fault) {
    if (pending === mine) complain(word(fault.status === 400 ? "edit_geometry_failed" : "edit_unreachable"));
  } finally {
    if (pending === mine) pending = null;
  }
}

function apply(shape, answer) {
  if (shape.geometry) text.value = answer.text;
  else map?.show(answer.geometry);
  step();
  complain(answer.fault ?? "");
  if (answer.size) say(answer.size);
  tell();
}

// The previous text becomes a step that can be undone.
function step() {
  if (before !== text.value) steps.push(before);
  before = text.value;
  part("undo").disabled = steps.length === 0;
}

function back() {
  const last = steps.pop();
  part("undo").disabled = steps.length === 0;
  if (last !== undefined) take(last, { keep: false });
}

// Puts a text in place of the shape, with its map.
async function take(words, { keep = true } = {}) {
  const count = steps.length;
  text.value = words;
  await read({ text: words });
  if (!keep) steps.length = count;
  part("undo").disabled = steps.length === 0;
}

function complain(words) {
  const line = part("geometry-fault");
  line.hidden = !words;
  line.querySelector("span").textContent = words;
  text.toggleAttribute("aria-invalid", Boolean(words));
  if (words) text.setAttribute("aria-invalid", "true");
}

function say(words) {
  part("state").textContent = words;
}

// Shows the changes, before and after; stored as a draft as long as there are any.
function tell() {
  const found = changed();
  for (const input of inputs()) input.closest("[data-edit-field]")?.classList.toggle("edit-field-changed", found.includes(input));
  const lines = found.filter(({ name }) => name !== "note").map(line);
  part("changes").replaceChildren(...(lines.length ? lines : [item(word("edit_nothing"))]));
  const original = part("original");
  if (original) original.disabled = text.value.trim() === edit.text;
  if (!found.length) dropDraft();
  else keepDraft({ account: edit.account, version: form.elements.version?.value, values: Object.fromEntries(inputs().map(({ name, value }) => [name, value])) });
}

function line(input) {
  if (input === text) return item(`${word("edit_geometry")}: ${word("edit_geometry_changed")}`);
  const row = item(`${form.querySelector(`label[for="${input.id}"]`).textContent}: `);
  const old = document.createElement("del");
  const now = document.createElement("ins");
  old.textContent = shown(input, stored[input.name]);
  now.textContent = shown(input, input.value);
  row.append(old, " → ", now);
  return row;
}

function shown(input, value) {
  if (!value) return word("edit_empty");
  return input.options ? ([...input.options].find((option) => option.value === value)?.textContent ?? value) : value;
}

function item(words) {
  const row = document.createElement("li");
  row.textContent = words;
  return row;
}
