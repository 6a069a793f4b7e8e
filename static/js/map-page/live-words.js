// A live station in words and as a point of the map, at a moment: what became old since it was sent looks so.

import { imageName } from "../map/state-symbols.js";
import { configuration, number, word } from "../page/page.js";

const { language, live } = configuration;
const ages = new Intl.RelativeTimeFormat(language === "en" ? "en-GB" : language, { style: "short", numeric: "always" });
const DOUBTS = ["range", "step", "spike", "stuck", "excluded", "ended"];
const SIGNS = [
  { sign: "(?)", codes: DOUBTS, name: "live_sign_doubt" },
  { sign: "~", codes: ["indicative", "test"], name: "live_sign_indicative" },
  { sign: "*", codes: ["synthetic"], name: "live_sign_synthetic" },
];
const STEPS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];
const grades = new Map(live.grades.map((grade) => [grade.code, grade]));

/** A text of both languages, in the page's. */
export function local(text) {
  return text?.[language] ?? text?.en ?? "";
}

/** A station, or one of its series, as it is at a moment (ms): stale or dead once its time has passed, whatever was sent. */
export function stationAt(station, now) {
  const passed = (time) => time !== null && now >= Date.parse(time);
  const { code } = station.fresh;
  let late = null;
  if (passed(station.dead_at)) late = "dead";
  else if (passed(station.stale_at) && code !== "dead") late = "stale";
  if (!late || late === code) return station;
  const grade = grades.get(late);
  const state = grades.has(station.state?.code) ? { ...grade, reason: station.state.reason } : station.state;
  return { ...station, fresh: { code: late, name: grade.name }, state };
}

/** A value with its unit; "" where there is none. */
export function valueText({ value, unit }) {
  if (value === null || value === undefined) return "";
  const gap = unit === "%" && language === "en" ? "" : "\u00a0";
  return unit ? `${number(value)}${gap}${unit}` : number(value);
}

/** How long ago a moment was, like "4 min ago", or how far ahead of the clock; "" for none. */
export function ageText(at, now) {
  if (!at) return "";
  const passed = (now - Date.parse(at)) / 1000;
  const seconds = Math.abs(passed);
  const [unit, size] = STEPS.find(([, least]) => seconds >= least) ?? STEPS.at(-1);
  return seconds < 60 ? word("live_just") : ages.format(-Math.sign(passed) * Math.floor(seconds / size), unit);
}

/** The state in words: its class, and what makes it doubtful. */
export function stateText({ state, fresh }) {
  const words = [local(state.name)];
  if (!["live", "unknown", state.code].includes(fresh.code)) words.push(local(fresh.name));
  return words.join(", ");
}

/** What is doubtful about this very value, beyond what its station is. */
function doubts({ marks }) {
  return marks.filter(({ code }) => DOUBTS.includes(code));
}

/** One line for screen readers: "Silnica, ul. Solna: warning, 152 cm, sudden change". */
export function sentence(station) {
  const words = [stateText(station), valueText(station), ...doubts(station).map(({ text }) => local(text))];
  return `${station.name}: ${words.filter(Boolean).join(", ")}`;
}

/** The signs beside the value of a station on the map, as `{ sign, text }`: the words on the card, shortened. */
export function signsOf({ marks }) {
  const found = SIGNS.filter(({ codes }) => marks.some(({ code }) => codes.includes(code)));
  return found.map(({ sign, name }) => ({ sign, text: word(name) }));
}

/** The value on the map with its signs, like "~152 cm* (?)"; "" where there is none. */
function signedValue(station) {
  const signs = new Set(signsOf(station).map(({ sign }) => sign));
  const shown = (sign, text = sign) => (signs.has(sign) ? text : "");
  const value = valueText(station);
  return value && `${shown("~")}${value}${shown("*")}${shown("(?)", "\u00a0(?)")}`;
}

/** The station as a GeoJSON point of `map/live-layers.js`; `age` is a text beside its value. */
export function pointOf(id, station, age) {
  const value = signedValue(station);
  const gone = station.fresh.code === "dead"; // Its last value is shown only with its age.
  const properties = {
    feature_id: id,
    name: station.name,
    symbol: imageName(station.state, station.fresh.code),
    rank: station.state.index ?? 0,
    value: gone ? "" : value,
    label: gone && !age ? "" : [value, age].filter(Boolean).join("\n"),
  };
  return { type: "Feature", properties, geometry: { type: "Point", coordinates: [station.lon, station.lat] } };
}
