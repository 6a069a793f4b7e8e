// The time as the server has it: a device whose clock is wrong would otherwise show every value as old, or none.

const LEAST_MS = 5_000;
let ahead = 0;

/** Takes the time from an answer of the server; differences of a few seconds are those of the way and are left. */
export function setFrom({ headers }) {
  const sent = Date.parse(headers.get("Date") ?? "");
  if (Number.isNaN(sent)) return;
  const by = sent - Date.now();
  ahead = Math.abs(by) < LEAST_MS ? 0 : by;
}

/** Milliseconds since 1970 now, by the clock of the server as far as it is known. */
export function serverNow() {
  return Date.now() + ahead;
}
