// The answer of a statement as a table: numbers to the right, days in words, nothing where there is no value.

import { day, word } from "../page/page.js";

const NAMING = /year|code|_no$|^id$|_id$|^x$|^y$/;
const LONGEST = 300;
const MOMENT = 19;
const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
const amounts = new Intl.NumberFormat(language, { maximumFractionDigits: 6, useGrouping: "always" });
const names = new Intl.NumberFormat(language, { maximumFractionDigits: 6, useGrouping: false });
const NUMERIC = ["whole", "number"];

/** A table of an answer; `look(row, column)` is called by the buttons that show a geometry on the map. */
export function answerTable(columns, rows, look) {
  const table = document.createElement("table");
  table.className = "table";
  const head = table.createTHead().insertRow();
  for (const { name, type } of columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    cell.translate = false;
    if (NUMERIC.includes(type)) cell.className = "numeric";
    head.append(cell);
  }
  const body = table.createTBody();
  rows.forEach((row, at) => {
    const line = body.insertRow();
    line.dataset.row = at;
    row.forEach((value, index) => fill(line.insertCell(), columns[index], value, () => look(at, columns[index].name)));
  });
  return table;
}

function fill(cell, { name, type }, value, look) {
  if (value === null) cell.append(unknown());
  else if (type === "geometry" && value.geometry) cell.append(shape(value, look));
  else if (NUMERIC.includes(type)) {
    cell.className = "numeric";
    cell.textContent = typeof value === "number" ? (NAMING.test(name) ? names : amounts).format(value) : value;
  } else cell.textContent = written(type, String(value));
}

function written(type, text) {
  if (type === "boolean") return word(text === "true" ? "yes" : "no");
  if (type === "date") return day(text) ?? text;
  if (type === "time") return text.slice(0, MOMENT);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function unknown() {
  const sign = document.createElement("span");
  sign.className = "unknown";
  sign.setAttribute("role", "img");
  sign.setAttribute("aria-label", word("sql_null"));
  sign.textContent = "–";
  return sign;
}

function shape({ geometry, points }, look) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button-text sql-shape";
  button.textContent = word("sql_points", { shape: geometry, n: amounts.format(points) });
  button.setAttribute("aria-label", word("sql_show", { shape: button.textContent }));
  button.addEventListener("click", look);
  return button;
}
