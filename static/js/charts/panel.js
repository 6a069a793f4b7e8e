// The chart of a page: its form and buttons choose, the address holds the choice, and chart, words, table and file
// show the same values.

import { chartLines } from "../page/api.js";
import { configuration, number, word } from "../page/page.js";
import { drawing, made } from "./elements.js";
import { showIndices } from "./index-strip.js";
import { decoded, exclusionsOf, extent, ranged, thresholdsOf } from "./lines.js";
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
  chart = new TimeChart(part("canvas"), { zoomed, read, drawn });
  part("form").addEventListener("submit", (event) => {
    event.preventDefault();
    choose(fromForm());
  });
  for (const name of ["from", "to"]) part("form").elements[name]?.addEventListener("input", () => part("form").elements.range.value = "");
  part("form").elements.range?.addEventListener("change", ({ target }) => {
    if (target.value) for (const name of ["from", "to"]) part("form").elements[name].value = "";
  });
  if (part("steps")) part("steps").hidden = false;
  part("steps")?.addEventListener("click", ({ target }) => {
    const { range, step: name } = target.closest("button")?.dataset ?? {};
    if (range) choose(period({ range }));
    if (name) step(name);
  });
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

function drawn() {
  part("frame").dataset.state = "drawn";
}

function step(name) {
  if (!shown) return;
  const { from, to, zone } = shown.data;
  const half = (to - from) / 2;
  const day = midnight(to - 1, zone);
  zoomed(...{
    earlier: [from - half, to - half],
    later: [from + half, to + half],
    closer: [from + half / 2, to - half / 2],
    farther: [from - half, to + half],
    day: [day, midnight(day, zone, 1)],
  }[name]);
}

/** Shows another choice, and writes it into the address as a step in the browser's history. */
function choose(words) {
  given = words;
  const others = [...new URLSearchParams(location.search)].filter(([name]) => name !== "lang" && !addresses.parameters.includes(name));
  const page = new URLSearchParams([...others, ...words]);
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
  part("period").textContent = `${data.period} · ${data.statistic_title}${data.automatic ? ` (${word("chart_automatic")})` : ""}`;
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
  chart.show(data, lines);
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
    const item = made("li");
    const name = made("span", `${line.name}${line.unit ? `, ${line.unit}` : ""}`);
    name.translate = false;
    item.append(sample(line), name, ...line.marks.map(({ text }) => made("span", text, "tag tag-plain")));
    return item;
  }), ...signs(lines));
}

/** What the tinted ranges, the shapes of doubtful values and the hatching mean, as far as they are drawn. */
function signs(lines) {
  const bits = lines.flatMap(({ flags, flagged }) => flags.map((bit, at) => bit || (flagged[at] ? PARTLY : 0)));
  const found = SIGNS.filter(([, drawn]) => bits.some((bit) => bit & drawn)).map(([name]) => word(name));
  if (ranged(lines).length) found.unshift(word("chart_ranges"));
  if (lines.some(({ exclusions }) => exclusions.length)) found.push(word("chart_hatched"));
  return found.map((text) => made("li", text, "soft"));
}

function sample({ place, dash }) {
  const svg = drawing('<svg viewBox="0 0 32 10" aria-hidden="true"><path d="M0 5h32"/></svg>');
  svg.setAttribute("class", `chart-sample chart-sample-${place + 1}`);
  if (dash.length) svg.firstElementChild.setAttribute("stroke-dasharray", dash.join(" "));
  return svg;
}

/** Below the chart: each line in a sentence with its basis, thresholds and excluded periods. */
function words(data, lines) {
  const found = lines.map(({ sentence, basis, marks }) => {
    const line = made("p", sentence);
    line.append(made("small", [basis, ...marks.map(({ text }) => text)].join("; ")));
    return line;
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
  const part = made("div");
  if (title) part.append(made("p", title));
  part.appendChild(made("ul")).append(...texts.map((text) => made("li", text)));
  return part;
}

/** The values under the pointer. */
function read(moment) {
  const reading = part("reading");
  if (moment === null || !shown) {
    reading.textContent = "\u00a0";
    return;
  }
  const { data, lines } = shown;
  const write = momentWriter(data);
  const values = lines.flatMap((line) => {
    const at = line.times.indexOf(moment);
    if (at < 0 || line.values[at] === null) return [];
    const marks = marksOf(line, at, data);
    return [`${line.name}: ${number(line.values[at])} ${line.unit}${marks ? ` (${marks})` : ""}`];
  });
  reading.textContent = [write(moment), ...values].join(" · ");
}
