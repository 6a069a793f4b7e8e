// A live station at one of the moments of the last 48 hours.

import { configuration } from "../page/page.js";

const { grades, unknown } = configuration.live;

/** The station with state, value, freshness and doubts of a history's moment; without data it is unknown. */
export function pastStation(station, history, id, index) {
  const row = history?.stations[id];
  const state = history?.grades[row?.states[index]] ?? unknown;
  const code = history?.fresh[row?.fresh[index]];
  const fresh = grades.find((grade) => grade.code === code) ?? unknown;
  const marks = history?.marks[row?.marks[index]] ?? [];
  return { ...station, state, fresh, marks, value: row?.values[index] ?? null, at: null, stale_at: null, dead_at: null };
}
