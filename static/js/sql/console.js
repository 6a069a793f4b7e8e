// The page of the SQL console: runs the editor's statement, shows the answer, and the position of an error.

import { sqlAnswer, sqlFile, sqlStop } from "../page/api.js";
import { number, word } from "../page/page.js";
import { SqlEditor } from "./editor.js";
import { SqlMap } from "./map.js";
import { answerTable } from "./table.js";

const TICK_MS = 100;
const tenths = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const find = (name) => document.querySelector(`[data-sql-${name}]`);
const [runButton, stopButton, clock, status, fault, answerBox] = ["run", "stop", "clock", "status", "fault", "answer"].map(find);
const [summary, table, mapFrame, mapWords] = ["summary", "table", "map-frame", "map-words"].map(find);
const files = [...document.querySelectorAll("[data-sql-file]")];
const editor = new SqlEditor(find("text"), fault);
const map = new SqlMap(mapFrame, mapWords, (row) => pickRow(row));
let running = null;
let answered = "";

editor.onRun = run;
runButton.addEventListener("click", run);
stopButton.addEventListener("click", stop);
files.forEach((button) => button.addEventListener("click", () => download(button.dataset.sqlFile)));
window.addEventListener("pagehide", () => running && sqlStop(running).catch(() => {}));
find("link")?.addEventListener("click", (event) => copy(event.currentTarget));
find("form").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.name === "title" && !event.target.value.trim()) event.preventDefault();
});
document.querySelectorAll("[data-sql-insert]").forEach((button) => button.addEventListener("click", () => editor.insert(button.dataset.sqlInsert)));
document.querySelectorAll("[data-sql-load]").forEach((button) =>
  button.addEventListener("click", () => editor.load(button.nextElementSibling.content.textContent)),
);

async function run() {
  const sql = editor.text;
  await timed(async (key) => {
    answerBox.hidden = true;
    const answer = await sqlAnswer({ sql, key });
    answered = sql;
    show(answer);
  });
}

async function download(format) {
  await timed(async (key) => {
    const { blob, complete } = await sqlFile({ sql: answered, format, key });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `sql.${format}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    say(complete ? word("sql_file_ready", { name: link.download }) : word("sql_file_part"));
    if (!complete) mapWords.textContent = word("sql_file_part");
  });
}

// Runs one statement at a time, with a visible clock and a status for screen readers.
async function timed(work) {
  if (running) return;
  const began = performance.now();
  running = crypto.randomUUID();
  editor.clearFault();
  busy(true);
  say(word("sql_began"));
  const tick = setInterval(() => {
    clock.textContent = word("sql_running", { seconds: tenths.format((performance.now() - began) / 1000) });
  }, TICK_MS);
  try {
    await work(running);
  } catch (problem) {
    say("");
    editor.showFault(problem.detail ?? word("sql_unreachable"), problem.body ?? {});
  } finally {
    clearInterval(tick);
    clock.textContent = "";
    running = null;
    busy(false);
  }
}

function busy(is) {
  const held = document.activeElement === stopButton;
  stopButton.hidden = !is;
  stopButton.disabled = false;
  [runButton, ...files].forEach((button) => {
    button.disabled = is;
  });
  if (held && !is) runButton.focus();
}

async function stop() {
  if (!running) return;
  stopButton.disabled = true;
  say(word("sql_stopping"));
  try {
    await sqlStop(running);
  } catch {
    stopButton.disabled = false;
  }
}

function say(text) {
  status.textContent = text;
}

function show(answer) {
  const { columns, rows, more, large_rows_left_out: large, features, not_drawn: hidden } = answer;
  const parts = [word("sql_rows", { n: number(rows.length), seconds: number(answer.seconds) })];
  if (!rows.length) parts.push(word("sql_none"));
  if (more) parts.push(word("sql_more", { n: number(rows.length) }));
  if (large) parts.push(word("sql_large", { n: number(large) }));
  summary.textContent = parts.join(" ");
  say(summary.textContent);
  files.find(({ dataset }) => dataset.sqlFile === "geojson").hidden = !columns.some(({ type }) => type === "geometry");
  table.replaceChildren(answerTable(columns, rows, (row, column) => map.look(row, column)));
  answerBox.hidden = false;
  map.draw(features, hidden ? word("sql_not_drawn", { n: number(hidden) }) : "");
}

function pickRow(row) {
  table.querySelector(".picked")?.classList.remove("picked");
  const line = table.querySelector(`[data-row="${row}"]`);
  if (!line) return;
  line.classList.add("picked");
  line.scrollIntoView({ block: "nearest" });
  say(word("sql_picked", { n: number(row + 1) }));
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(new URL(button.dataset.sqlLink, location.href).href);
    button.textContent = word("link_copied");
  } catch {
    button.textContent = word("link_not_copied");
  }
}
