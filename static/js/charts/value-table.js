// The points of a chart as a table, page by page.

import { number, word } from "../page/page.js";
import { momentWriter } from "./times.js";

const ROWS = 48;

/** A table in `element` with the lines' stored values; `flags` has the words of each bit. */
export function showTable(element, data, lines) {
  const rows = rowsOf(lines);
  const write = momentWriter(data.years.length ? "UTC" : data.zone, { clock: data.statistic !== "daily", year: !data.years.length });
  let first = Math.max(0, Math.floor((rows.length - 1) / ROWS) * ROWS);
  const table = make("table", "table");
  const words = make("p", "soft");
  words.setAttribute("role", "status");
  const [before, after] = ["chart_before", "chart_after"].map((name) => make("button", "button-quiet", word(name)));
  before.type = after.type = "button";
  before.addEventListener("click", () => turn(-ROWS));
  after.addEventListener("click", () => turn(ROWS));
  const frame = make("div", "table-frame");
  frame.tabIndex = 0;
  frame.setAttribute("role", "region");
  frame.setAttribute("aria-labelledby", "chart");
  frame.append(table);
  const pager = make("div", "pager");
  pager.append(before, words, after);
  element.replaceChildren(frame, pager);
  turn(0);

  function turn(by) {
    first = Math.min(Math.max(0, first + by), Math.max(0, rows.length - 1));
    const shown = rows.slice(first, first + ROWS);
    table.replaceChildren(head(data, lines), body(shown, data, lines, write));
    words.textContent = word("chart_rows", { first: number(rows.length ? first + 1 : 0), last: number(first + shown.length), all: number(rows.length) });
    before.disabled = first === 0;
    after.disabled = first + ROWS >= rows.length;
  }
}

/** Moments of stored points, each with the place of its point in every line, or undefined. */
function rowsOf(lines) {
  const found = new Map();
  lines.forEach((line, column) => line.times.forEach((moment, at) => {
    if (line.gaps[at]) return;
    if (!found.has(moment)) found.set(moment, []);
    found.get(moment)[column] = at;
  }));
  return [...found].sort(([one], [other]) => one - other);
}

function make(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function head(data, lines) {
  const row = make("tr");
  const titles = [word(data.statistic === "daily" ? "chart_day" : "chart_time"), ...lines.map(({ name, unit }) => (unit ? `${name} (${unit})` : name))];
  titles.forEach((title, at) => {
    const cell = make("th", at ? "numeric" : "", title);
    cell.scope = "col";
    row.append(cell);
  });
  const made = make("thead");
  made.append(row);
  return made;
}

function body(rows, data, lines, write) {
  const made = make("tbody");
  for (const [moment, places] of rows) {
    const row = make("tr");
    const time = make("th", "chart-moment", write(moment));
    time.scope = "row";
    row.append(time, ...lines.map((line, column) => cellOf(line, places[column], data)));
    made.append(row);
  }
  return made;
}

function cellOf(line, at, data) {
  const cell = make("td", "numeric");
  if (at === undefined) return cell;
  const value = line.values[at];
  cell.append(value === null ? word("chart_no_value") : number(value));
  const marks = marksOf(line, at, data);
  if (marks) cell.append(make("small", "", marks));
  return cell;
}

/** What is doubtful about a point, and of a mean how many measurements it is made of. */
export function marksOf(line, at, data) {
  const words = Object.entries(data.flags).filter(([bit]) => line.flags[at] & Number(bit)).map(([, text]) => text);
  if (!words.length && line.flagged[at]) words.push(word("chart_doubtful", { n: number(line.flagged[at]) }));
  if (line.excluded[at]) words.push(word("chart_excluded"));
  if (data.statistic !== "raw") words.push(word("chart_samples", { n: number(line.counts[at]) }));
  if (line.covered[at] !== null && line.covered[at] < 1) words.push(word("chart_covered", { percent: number(Math.floor(100 * line.covered[at])) }));
  return words.join("; ");
}
