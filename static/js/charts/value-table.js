// The points of a chart as a table, page by page.

import { number, word } from "../page/page.js";
import { made } from "./elements.js";
import { momentWriter } from "./times.js";

const ROWS = 48;

/** A table in `element` with the lines' stored values; `flags` has the words of each bit. */
export function showTable(element, data, lines) {
  const rows = rowsOf(lines);
  const write = momentWriter(data);
  let first = Math.max(0, Math.floor((rows.length - 1) / ROWS) * ROWS);
  const table = made("table", "", "table");
  const words = made("p", "", "soft");
  words.setAttribute("role", "status");
  const [before, after] = ["chart_before", "chart_after"].map((name) => made("button", word(name), "button-quiet"));
  before.type = after.type = "button";
  before.addEventListener("click", () => turn(-ROWS));
  after.addEventListener("click", () => turn(ROWS));
  const frame = made("div", "", "table-frame");
  frame.tabIndex = 0;
  frame.setAttribute("role", "region");
  frame.setAttribute("aria-labelledby", "chart-values");
  frame.append(table);
  const pager = made("div", "", "pager");
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

function head(data, lines) {
  const row = made("tr");
  const titles = [word(data.statistic === "daily" ? "chart_day" : "chart_time"), ...lines.map(({ name, unit }) => (unit ? `${name} (${unit})` : name))];
  titles.forEach((title, at) => {
    const cell = made("th", title, at ? "numeric" : "");
    cell.scope = "col";
    row.append(cell);
  });
  const part = made("thead");
  part.append(row);
  return part;
}

function body(rows, data, lines, write) {
  const part = made("tbody");
  for (const [moment, places] of rows) {
    const row = made("tr");
    const time = made("th", write(moment), "chart-moment");
    time.scope = "row";
    row.append(time, ...lines.map((line, column) => cellOf(line, places[column], data)));
    part.append(row);
  }
  return part;
}

function cellOf(line, at, data) {
  const cell = made("td", "", "numeric");
  if (at === undefined) return cell;
  const value = line.values[at];
  cell.append(value === null ? word("chart_no_value") : number(value));
  const marks = marksOf(line, at, data);
  if (marks) cell.append(made("small", marks));
  return cell;
}

/** What is doubtful about a point, and of a mean the range and number of the measurements it is made of. */
export function marksOf(line, at, data) {
  const words = Object.entries(data.flags).filter(([bit]) => line.flags[at] & Number(bit)).map(([, text]) => text);
  if (!words.length && line.flagged[at]) words.push(word("chart_doubtful", { n: number(line.flagged[at]) }));
  if (line.excluded[at]) words.push(word("chart_excluded"));
  if (line.lowest && line.lowest[at] !== null) words.push(word("chart_range", { lowest: number(line.lowest[at]), highest: number(line.highest[at]) }));
  if (data.statistic !== "raw") words.push(word("chart_samples", { n: number(line.counts[at]) }));
  if (line.covered[at] !== null && line.covered[at] < 1) words.push(word("chart_covered", { percent: number(Math.floor(100 * line.covered[at])) }));
  return words.join("; ");
}
