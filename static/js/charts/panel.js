// The chart of a page: its form and buttons choose, the address holds the choice, and chart, words, table and file
// show the same values.

import { chartLines } from "../page/api.js";
import { configuration, number, word } from "../page/page.js";
import { showIndices } from "./index-strip.js";
import { decoded, exclusionsOf, extent, thresholdsOf } from "./lines.js";
import { drawing } from "./svg.js";
import { TimeChart } from "./time-chart.js";
import { midnight, momentWriter } from "./times.js";
import { marksOf, showTable } from "./value-table.js";

const { chart: addresses } = configuration;
const panel = document.querySelector("[data-chart-panel]");
const part = (name) => panel.querySelector(`[data-chart-${name}]`);
const SHORTEST_S = 1800;
const LONGEST_S = 40 * 366 * 86400;

const PARTLY = 64;
const SIGNS = [["chart_sign_range", 1], ["chart_sign_step", 2 | 4 | PARTLY], ["chart_sign_stuck", 8]];

let shown = null;
let asked = 0;
let given = new URLSearchParams(addresses.given);
let chart = null;

if (part("canvas")) begin();

function begin() {
  chart = new TimeChart(part("canvas"), { zoomed, read, placed });
  part("form").addEventListener("submit", (event) => {
    event.preventDefault();
    choose(fromForm());
  });
  for (const name of ["from", "to"]) part("form").elements[name]?.addEventListener("input", () => part("form").elements.range.value = "");
  part("form").elements.range?.addEventListener("change", ({ target }) => {
    if (target.value) for (const name of ["from", "to"]) part("form").elements[name].value = "";
  });
  if (part("steps")) part("steps").hidden = false;
  for (const button of panel.querySelectorAll("[data-range]")) button.addEventListener("click", () => choose(period({ range: button.dataset.range })));
  for (const button of panel.querySelectorAll("[data-step]")) button.addEventListener("click", () => step(button.dataset.step));
  addEventListener("popstate", () => {
    const words = new URLSearchParams(location.search);
    given = new URLSearchParams(words.has("series") ? chosen(words) : addresses.given);
    load();
  });
  load();
}

function chosen(words) {
  return [...words].filter(([name, text]) => text && addresses.parameters.includes(name));
}

function fromForm() {
  return new URLSearchParams(chosen(new FormData(part("form"))));
}

/** The choice with another period. */
function period(words) {
  const next = new URLSearchParams([...given].filter(([name]) => !["range", "from", "to"].includes(name)));
  for (const [name, text] of Object.entries(words)) next.set(name, text);
  return next;
}

function zoomed(from, to) {
  const middle = (from + to) / 2;
  const half = Math.min(Math.max(to - from, SHORTEST_S), LONGEST_S) / 2;
  const text = (seconds) => `${new Date(Math.round(seconds) * 1000).toISOString().slice(0, 19)}Z`;
  choose(period({ from: text(middle - half), to: text(middle + half) }));
}

/** Strips below the chart begin and end with its axis of time. */
function placed(left, width) {
  part("indices").style.setProperty("--axis-left", `${left}px`);
  part("indices").style.setProperty("--axis-width", `${width}px`);
}

function step(name) {
  if (!shown) return;
  const { from, to, zone } = shown.data;
  const length = to - from;
  if (name === "earlier") zoomed(from - length / 2, to - length / 2);
  if (name === "later") zoomed(from + length / 2, to + length / 2);
  if (name === "closer") zoomed(from + length / 4, to - length / 4);
  if (name === "farther") zoomed(from - length / 2, to + length / 2);
  if (name === "day") zoomed(midnight(to - 1, zone), midnight(to - 1, zone, 1));
}

/** Shows another choice, and writes it into the address as a step in the browser's history. */
function choose(words) {
  given = words;
  const others = [...new FormData(part("form"))].filter(([name]) => name === "by");
  const property = new URLSearchParams(location.search).get("property");
  const page = new URLSearchParams([...(property ? [["property", property]] : []), ...others, ...words]);
  history.pushState(null, "", `?${page}`);
  load();
}

async function load() {
  const turn = asked += 1;
  say(word("chart_loading"));
  part("frame").dataset.state = "loading";
  try {
    const data = await chartLines(addresses.data, given);
    if (turn === asked) show(data);
  } catch (fault) {
    if (turn !== asked) return;
    part("frame").dataset.state = "failed";
    say(fault.detail ? `${word("chart_refused")} ${fault.detail}` : word("chart_failed"), "bad");
  }
}

function say(text, tone = "") {
  part("state").textContent = text;
  part("state").dataset.tone = tone;
}

function show(data) {
  const lines = data.series.map(decoded);
  shown = { data, lines };
  fitForm(data);
  const empty = lines.every(({ values_count: count }) => !count);
  part("frame").dataset.state = empty ? "empty" : "drawn";
  part("period").textContent = `${data.period} · ${data.statistic_title}${data.automatic ? ` (${word("chart_automatic")})` : ""}`;
  chart.show(data, lines);
  const sentences = data.series.map(({ sentence }) => sentence).join(" ");
  part("canvas").setAttribute("role", "img");
  part("canvas").setAttribute("aria-label", word("chart_label", { title: data.title, period: data.period, sentences }));
  legend(lines);
  showIndices(part("indices"), data);
  words(data, lines);
  part("file").href = `${addresses.file}?${data.query}`;
  part("table").hidden = false;
  showTable(part("rows"), data, lines);
  say(empty ? word("chart_nothing") : "");
  read(null);
}

function fitForm({ range, from, to, zone, automatic, statistic }) {
  const { elements } = part("form");
  if (!elements.range) return;
  elements.range.value = range;
  const day = (seconds) => new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" }).format(new Date(seconds * 1000));
  [elements.from.value, elements.to.value] = range ? ["", ""] : [day(from), day(to - 1)];
  elements.statistic.value = automatic ? "" : statistic;
  for (const button of panel.querySelectorAll("[data-range]")) button.setAttribute("aria-pressed", String(button.dataset.range === range));
}

function legend(lines) {
  part("legend").replaceChildren(...lines.map((line) => {
    const item = document.createElement("li");
    const swatch = sample(line);
    const name = document.createElement("span");
    name.textContent = `${line.name}${line.unit ? `, ${line.unit}` : ""}`;
    name.translate = false;
    item.append(swatch, name);
    for (const { text } of line.marks) item.append(Object.assign(document.createElement("span"), { className: "tag tag-plain", textContent: text }));
    return item;
  }), ...signs(lines));
}

/** What the shapes of doubtful values and the hatching mean, as far as they are drawn. */
function signs(lines) {
  const bits = lines.flatMap(({ flags, flagged }) => flags.map((bit, at) => bit || (flagged[at] ? PARTLY : 0)));
  const found = SIGNS.filter(([, drawn]) => bits.some((bit) => bit & drawn)).map(([name]) => word(name));
  if (lines.some(({ exclusions }) => exclusions.length)) found.push(word("chart_hatched"));
  return found.map((text) => Object.assign(document.createElement("li"), { className: "soft", textContent: text }));
}

function sample({ place, dash }) {
  const svg = drawing('<svg viewBox="0 0 32 10" aria-hidden="true"><path d="M0 5h32"/></svg>');
  svg.setAttribute("class", `chart-sample chart-sample-${place + 1}`);
  if (dash.length) svg.firstElementChild.setAttribute("stroke-dasharray", dash.join(" "));
  return svg;
}

/** Below the chart: each line in a sentence with its basis, thresholds and excluded periods. */
function words(data, lines) {
  const found = lines.flatMap(({ sentence, basis, marks }) => {
    const line = document.createElement("p");
    const small = document.createElement("small");
    small.textContent = [basis, ...marks.map(({ text }) => text)].join("; ");
    line.append(sentence, small);
    return [line];
  });
  const limits = thresholdsOf(lines).map((one) => {
    const within = inside(one, lines) ? "" : ` (${word("chart_above")})`;
    return `${one.name} ${number(one.value)} ${one.unit}${within}: ${one.rule}, ${one.sure}`;
  });
  if (limits.length) found.push(listed(`${word("chart_thresholds")}:`, limits));
  const excluded = exclusionsOf(lines).map(({ period: when, reason }) => word("chart_exclusion", { period: when, reason }));
  if (excluded.length) found.push(listed("", excluded));
  part("words").replaceChildren(...found);
}

function inside({ value, unit }, lines) {
  const range = extent(lines, unit);
  return range !== null && value >= range[0] && value <= range[1];
}

function listed(title, texts) {
  const made = document.createElement("div");
  if (title) made.append(Object.assign(document.createElement("p"), { textContent: title }));
  const list = made.appendChild(document.createElement("ul"));
  list.append(...texts.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  return made;
}

/** The values under the pointer. */
function read(moment) {
  const reading = part("reading");
  if (moment === null || !shown) {
    reading.textContent = "\u00a0";
    return;
  }
  const { data, lines } = shown;
  const write = momentWriter(data.years.length ? "UTC" : data.zone, { clock: data.statistic !== "daily", year: !data.years.length });
  const values = lines.flatMap((line) => {
    const at = line.times.indexOf(moment);
    if (at < 0 || line.values[at] === null) return [];
    const marks = marksOf(line, at, data);
    return [`${line.name}: ${number(line.values[at])} ${line.unit}${marks ? ` (${marks})` : ""}`];
  });
  reading.textContent = [write(moment), ...values].join(" · ");
}
