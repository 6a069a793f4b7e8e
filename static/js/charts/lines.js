// Lines of a chart from the columns that the server sends.

import uPlot from "../../vendor/uplot/uPlot.esm.js";

const RANGE_FLAG = 1;
/** Dashes of the lines, so that they differ without colour. */
export const DASHES = [[], [9, 4], [2, 3], [12, 3, 2, 3], [5, 2], [1, 2]];

/** A line with its moments in seconds since 1970, and where each point is usable. */
export function decoded(series, place) {
  let moment = 0;
  const times = series.times.map((step) => (moment += step));
  const usable = series.values.map((value, at) => value !== null && !series.excluded[at] && !(series.flags[at] & RANGE_FLAG));
  return { ...series, place, times, usable, color: `chart-${place + 1}`, dash: DASHES[place % DASHES.length] };
}

/** The units of lines in their order: at most two, one for each axis. */
export function units(lines) {
  return [...new Set(lines.map(({ unit }) => unit))];
}

/**
 * Aligned columns for uPlot: moments, then of the lines with ranges the lowest, then the highest samples, then of each
 * line the usable values, then of each the excluded ones. null breaks a line, undefined does not.
 */
export function aligned(lines) {
  const chosen = (values, which) => values.map((value, at) => (which[at] ? value : null));
  const columns = [
    ...ranged(lines).map((line) => [line.times, chosen(line.lowest, line.usable)]),
    ...ranged(lines).map((line) => [line.times, chosen(line.highest, line.usable)]),
    ...lines.map((line) => [line.times, chosen(line.values, line.usable)]),
    ...lines.map((line) => [line.times, chosen(line.values, line.excluded)]),
  ];
  return uPlot.join(columns);
}

/** The lines that have the range of each mean's samples. */
export function ranged(lines) {
  return lines.filter(({ lowest }) => lowest);
}

/** The lowest and the highest usable value of lines in a unit, with the thresholds near them; null without any. */
export function extent(lines, unit) {
  let [low, high] = [Infinity, -Infinity];
  for (const line of lines) {
    if (line.unit !== unit) continue;
    line.values.forEach((value, at) => {
      if (!line.usable[at]) return;
      low = Math.min(low, line.lowest?.[at] ?? value);
      high = Math.max(high, line.highest?.[at] ?? value);
    });
  }
  if (low > high) return null;
  for (const { value } of lines.filter((one) => one.unit === unit).flatMap(({ thresholds }) => thresholds)) {
    if (value <= Math.max(2 * high, high + 2 * (high - low))) high = Math.max(high, value);
    if (value >= low - 2 * (high - low) || value >= 0.5 * low) low = Math.min(low, value);
  }
  const margin = (high - low || Math.abs(high) || 1) * 0.08;
  return [low >= 0 ? Math.max(0, low - margin) : low - margin, high + margin];
}

function once(all, key) {
  return [...new Map(all.map((one) => [key(one), one])).values()];
}

/** Thresholds of all lines, each once, with the unit that they belong to. */
export function thresholdsOf(lines) {
  const all = lines.flatMap(({ thresholds, unit }) => thresholds.map((one) => ({ ...one, unit })));
  return once(all, ({ value, name, rule, unit }) => `${value} ${name} ${rule} ${unit}`);
}

/** Excluded periods of all lines, each once. */
export function exclusionsOf(lines) {
  return once(lines.flatMap(({ exclusions }) => exclusions), ({ from, to, reason }) => `${from} ${to} ${reason}`);
}
