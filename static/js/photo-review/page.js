// The page of the review: shows one picture after the other, takes boxes and decisions, stores them in the background.

import { reviewDecision, reviewLast, reviewPicture } from "../page/api.js";
import { configuration, number, word } from "../page/page.js";
import { Boxes, byPerson, proposed } from "./boxes.js";
import { Failures } from "./failures.js";
import { changed, deedOf, digitOf, Digits } from "./keys.js";
import { boxWords, List } from "./list.js";
import { loaded, Queue } from "./queue.js";
import { Stage } from "./stage.js";
import { Withholding } from "./withholding.js";

const find = (name) => document.querySelector(`[data-review${name}]`);
const tool = find("");
const [frame, sheet, status, end, saving, caution] = ["-stage", "-sheet", "-status", "-end", "-saving", "-caution"].map(find);
const [nameLine, leftLine] = ["-name", "-left"].map(find);
const deeds = { add, undo, release, withhold, later, back, preview, zoom, draw };
const buttons = Object.fromEntries(Object.keys(deeds).map((name) => [name, [...document.querySelectorAll(`[data-review-do="${name}"]`)]]));
const SHARE = 0.05;

const drafts = new Map();
const drawnIn = new Map();
const decided = [];
const digits = new Digits();
let current = null;
let boxes = new Boxes([]);
let busy = false;
let lastSize = null;

const failures = new Failures(find("-failures"));
const queue = new Queue(configuration.run, {
  stored: showSaving,
  failed: (decision, fault, again) => {
    if (!again) keepDraft(decision.picture, decision.boxes);
    if (fault.status === 409) overtaken(decision, fault);
    else failures.ofDecision(decision, fault, again);
  },
  unreadable: (picture) => failures.say(word("review_unreadable", { name: picture.name })),
});
const changes = {
  drawn: (box, step) => addBox({ ...byPerson(box), what: "face" }, step),
  changed: (index, box, step) => replace(index, box, step),
};
const stage = new Stage(frame, sheet, changes, (index) => boxWords(boxes.list, index));
const list = new List(find("-list"), find("-none"), {
  go: (index) => stage.focus(index),
  chosen: (index, what) => replace(index, { ...byPerson(boxes.list[index]), what }),
  removed: remove,
});
const dialog = new Withholding(find("-dialog"), (reason) => decide("withhold", reason));

Object.entries(buttons).forEach(([name, all]) => all.forEach((button) => button.addEventListener("click", () => deeds[name]())));
tool.addEventListener("keydown", onKey);
sheet.addEventListener("focusout", () => stage.grid(null));
window.addEventListener("beforeunload", (event) => (queue.busy || failures.open) && event.preventDefault());
queue.prepare(null);
advance();

function onKey(event) {
  if (event.target.matches("input, select, textarea") || busy || !current) return;
  const index = stage.focused;
  if (index !== null && onBox(event, index)) return event.preventDefault();
  const deed = deedOf(event, frame.contains(event.target));
  if (!deed) return;
  event.preventDefault();
  if (!event.repeat || deed === "undo") deeds[deed]();
}

// Whether the key was for the focused box.
function onBox(event, index) {
  const box = boxes.list[index];
  const digit = digitOf(event);
  if (digit) {
    const { box: at, cell } = digits.place(index, box, digit);
    replace(index, at);
    stage.grid(cell);
    return true;
  }
  if (event.key === "Delete" || event.key === "Backspace") return remove(index) ?? true;
  if (event.key === " ") return true;
  const next = changed(box, event);
  if (!next) return false;
  digits.end();
  stage.grid(null);
  replace(index, next, event.repeat ? `${event.key} ${index}` : null);
  return true;
}

function add() {
  if (!current) return;
  const [wide, high] = lastSize ?? [SHARE, Math.min(0.5, SHARE * stage.aspect)];
  const box = { left: 0.5 - wide / 2, right: 0.5 + wide / 2, top: 0.5 - high / 2, bottom: 0.5 + high / 2, what: "face" };
  const index = addBox(byPerson(box));
  stage.focus(index);
  stage.grid(digits.begin(index));
  say(word("review_box_added"));
}

function addBox(box, step = null) {
  const index = boxes.add(box, step);
  redraw();
  return index;
}

function replace(index, box, step = null) {
  boxes.replace(index, box, step);
  lastSize = [box.right - box.left, box.bottom - box.top];
  redraw();
}

function remove(index) {
  boxes.remove(index);
  redraw();
  stage.focus(boxes.list.length ? Math.min(index, boxes.list.length - 1) : null);
  say(word("review_box_removed", { n: number(boxes.list.length) }));
}

function undo() {
  if (!boxes.undo()) return back();
  const focused = stage.focused;
  redraw();
  stage.focus(focused !== null && focused < boxes.list.length ? focused : null);
  say(word("review_undone", { n: number(boxes.list.length) }));
}

function preview() {
  stage.preview(!stage.previewing);
  press("preview", stage.previewing);
  say(word(stage.previewing ? "review_preview_on" : "review_preview_off"));
}

function zoom() {
  if (!current) return;
  stage.zoom(!stage.zoomed);
  press("zoom", stage.zoomed);
}

function draw() {
  stage.drawByDragging(!stage.drawing);
  press("draw", stage.drawing);
}

function release() {
  if (!current || busy) return;
  if (current.picture.examined) decide("release", "");
  else failures.say(word("review_not_examined"));
}

function withhold() {
  if (current && !busy) dialog.open();
}

// Leaves the picture undecided, with its boxes, until the others have had their turn.
function later() {
  if (!current || busy) return;
  keepDraft();
  advance(word("review_left_for_later", { name: current.picture.name }), current);
}

function decide(verdict, reason) {
  const { picture } = current;
  const sent = boxes.list.map(({ id, left, top, right, bottom, what }) => ({ id, left, top, right, bottom, what }));
  const decision = { picture, boxes, posted: { verdict, reason, boxes: sent, seen: picture.seen } };
  queue.decide(decision);
  decided.push(decision);
  drafts.delete(picture.key);
  drawnIn.set(picture.key, boxes.list.filter(({ model }) => !model));
  queue.prepare(picture.key);
  advance(word(verdict === "release" ? "review_released" : "review_withheld", { name: picture.name }));
}

// Another person decided about the picture first: the review has gone on, the boxes drawn in it are not lost.
function overtaken(decision, fault) {
  const at = decided.indexOf(decision);
  if (at >= 0) decided.splice(at, 1);
  failures.ofConflict(decision, fault, () => reopen(decision));
}

async function reopen({ picture, boxes: drawn }) {
  await opening(picture, async () => {
    const { picture: stands } = await reviewPicture(picture.key);
    const reopened = stands.waits ? stands : await takenBack(picture, stands.decided_by);
    return { picture: reopened, list: drawn.list, known: picture };
  });
}

// Takes the reviewer's last decision back and opens its picture again: of this page, else the last one stored.
async function back() {
  if (busy) return;
  const decision = decided.pop() ?? (await lastStored());
  if (!decision) return;
  const { picture } = decision;
  const open = async () => {
    if (!(await decision.stored)) return { picture, list: decision.boxes.list };
    const reopened = await takenBack(picture);
    return { picture: reopened, list: reopened.regions };
  };
  if (!(await opening(picture, open))) decided.push(decision);
}

async function lastStored() {
  wait(true);
  try {
    const { picture } = await reviewLast(configuration.run);
    if (picture) return { picture, stored: true };
    say(word("review_nothing_to_undo"));
  } catch (fault) {
    failures.say(fault.detail ?? word("review_unreachable"));
  } finally {
    wait(false);
  }
  return null;
}

async function takenBack({ key }, account) {
  const { picture } = await reviewDecision(key, { verdict: "undo", ...(account && { of: account }) });
  return picture;
}

// Shows a picture again with the boxes that `open` gives, and with regions found since it was `known`; false where that may be tried once more.
async function opening({ key, name, screen }, open) {
  wait(true);
  try {
    const { picture, list: drawn, known = picture } = await open();
    keepDraft();
    failures.forget(key);
    keepDraft(known, new Boxes(drawn));
    show({ picture, image: await loaded(screen) }, word("review_taken_back", { name }));
  } catch (fault) {
    failures.ofUndo({ name }, fault);
    return fault.status === 409;
  } finally {
    wait(false);
  }
  return true;
}

// Keeps the boxes of a picture until it is opened again, with the regions that were known then.
function keepDraft(picture = current?.picture, drawn = boxes) {
  if (picture) drafts.set(picture.key, { boxes: drawn, known: new Set(picture.regions.map(({ id }) => id)) });
}

// Shows the prepared picture; where there is none, that which was left for later.
async function advance(before = "", left = null) {
  wait(true);
  try {
    show((await queue.take()) ?? left, before);
  } catch {
    failures.ofLoading(() => {
      queue.prepare(current?.picture.key ?? null);
      advance();
    });
  } finally {
    wait(false);
  }
}

function show(next, before = "") {
  current = next;
  tool.hidden = !next;
  end.hidden = Boolean(next);
  if (!next) {
    tool.dataset.state = "ended";
    say(before);
    return end.focus();
  }
  const { picture, image } = next;
  const taken = opened(picture);
  nameLine.textContent = `${picture.run_name}: ${picture.name}`;
  leftLine.textContent = word("review_left", { left: number(picture.left), total: number(picture.total) });
  const doubts = [!picture.examined && word("review_not_examined"), !picture.placed && word("review_no_place"), picture.note].filter(Boolean).join(" ");
  caution.hidden = !doubts;
  caution.querySelector("p").textContent = doubts;
  press("zoom", false);
  stage.show(image, picture.full);
  redraw();
  stage.focus();
  tool.dataset.key = picture.key;
  const about = word("review_picture", { name: picture.name, run: picture.run_name, n: boxes.list.length });
  frame.setAttribute("aria-label", about);
  say([before, about, doubts, taken && word("review_proposed", { n: taken })].filter(Boolean).join(" "));
  queue.prepare(picture.key);
}

// The boxes with which a picture opens: as they were left, with regions that were found since; else its regions and
// those of the picture before. Returns how many were taken over.
function opened(picture) {
  const draft = drafts.get(picture.key);
  const before = picture.before && !picture.reviewed_before ? picture.before : null;
  const earlier = before ? (drawnIn.get(before.key) ?? before.regions) : [];
  const added = draft ? [] : proposed(earlier, before?.shift, picture.regions);
  const found = draft ? picture.regions.filter(({ id }) => !draft.known.has(id)) : [];
  boxes = draft?.boxes ?? new Boxes([...picture.regions, ...added]);
  if (found.length) boxes = new Boxes([...boxes.list, ...found]);
  return added.length;
}

function redraw() {
  stage.draw(boxes.list);
  list.draw(boxes.list);
}

function wait(on) {
  busy = on;
  tool.dataset.state = on ? "waiting" : current ? "ready" : "ended";
  frame.setAttribute("aria-busy", on);
}

function press(name, on) {
  buttons[name].forEach((button) => button.setAttribute("aria-pressed", on));
}

function showSaving(count) {
  saving.textContent = count ? word("review_saving", { n: number(count) }) : "";
}

function say(text) {
  status.textContent = text;
}
