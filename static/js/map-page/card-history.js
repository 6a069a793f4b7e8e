// The history of a feature: a section of its card that is loaded when it is opened.

import { featureHistory } from "../page/api.js";
import { word } from "../page/page.js";

/** The closed history of the feature of a card's answer. */
export function historyOf({ layer, feature_id: id }) {
  const section = document.createElement("details");
  section.className = "card-history";
  const title = document.createElement("summary");
  title.textContent = word("history");
  const content = document.createElement("div");
  section.append(title, content);
  section.addEventListener("toggle", () => {
    if (section.open && !content.childElementCount) fill(content, layer, id);
  });
  return section;
}

async function fill(content, layer, id) {
  content.replaceChildren(paragraph(word("loading")));
  try {
    const { events } = await featureHistory(layer, id);
    const list = document.createElement("ol");
    list.append(...events.map(eventRow));
    content.replaceChildren(list);
  } catch {
    const again = document.createElement("button");
    again.type = "button";
    again.className = "button-text";
    again.textContent = word("retry");
    again.addEventListener("click", () => fill(content, layer, id));
    content.replaceChildren(paragraph(word("history_failed")), again);
  }
}

function eventRow({ what, when, at, source, changes, who, note }) {
  const row = document.createElement("li");
  const date = document.createElement("time");
  date.dateTime = at;
  date.textContent = when;
  const words = document.createElement("strong");
  words.textContent = word(`history_${what}`);
  row.append(date, words, ...changes.map(changeLine), ...[[who, source].filter(Boolean).join(" · "), note].filter(Boolean).map((text) => paragraph(text, "card-history-source")));
  return row;
}

function changeLine({ title, old, new: now }) {
  if (title === null) return paragraph(word("history_geometry"));
  const line = paragraph(`${title}: `);
  const before = document.createElement("del");
  before.textContent = old ?? word("history_unknown");
  const after = document.createElement("ins");
  after.textContent = now ?? word("history_unknown");
  line.append(before, " → ", after);
  return line;
}

function paragraph(text, className = "") {
  const element = document.createElement("p");
  element.className = className;
  element.textContent = text;
  return element;
}
