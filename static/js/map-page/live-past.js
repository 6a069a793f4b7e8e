// A live station at one of the moments of the last 48 hours.

import { configuration } from "../page/page.js";

const grades = configuration.live.grades;
const UNKNOWN = configuration.live.unknown;

/** The station with state, value and freshness of a history's moment; without data it is unknown. */
export function pastStation(station, history, id, index) {
  const row = history?.stations[id];
  const state = history?.grades[row?.states[index]] ?? UNKNOWN;
  const fresh = grades[row?.fresh[index]] ?? UNKNOWN;
  return { ...station, state, fresh, value: row?.values[index] ?? null, at: null, stale_at: null, dead_at: null };
}
