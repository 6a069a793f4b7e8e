// Moments of charts in words, in a time zone, and where an axis of time has its marks.

import { momentText } from "../page/moments.js";
import { configuration } from "../page/page.js";

const language = configuration.language === "en" ? "en-GB" : configuration.language;
const HOUR_S = 3600;
const DAY_S = 86400;
const STEPS_S = [600, 1800, HOUR_S, 3 * HOUR_S, 6 * HOUR_S, 12 * HOUR_S, DAY_S, 2 * DAY_S, 3 * DAY_S, 7 * DAY_S, 14 * DAY_S];

function format(zone, options) {
  const written = momentText(language, zone, options);
  return (seconds) => written(seconds * 1000);
}

/** A function from seconds since 1970 to the moment of a chart's point in words: of daily values the day only. */
export function momentWriter({ zone, years, statistic }) {
  const day = { day: "numeric", month: "short", ...(!years.length && { year: "numeric" }) };
  return format(years.length ? "UTC" : zone, statistic === "daily" ? day : { ...day, hour: "2-digit", minute: "2-digit" });
}

function wall(zone) {
  const made = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  });
  return (seconds) => {
    const parts = Object.fromEntries(made.formatToParts(new Date(seconds * 1000)).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute) / 1000;
  };
}

/** The beginning of the day of a moment, in a zone, `days` later. */
export function midnight(seconds, zone, days = 0) {
  const local = wall(zone);
  const aim = Math.floor(local(seconds) / DAY_S) * DAY_S + days * DAY_S;
  return instant(aim, local);
}

function instant(aim, local) {
  let found = aim;
  for (let turn = 0; turn < 3; turn += 1) found += aim - local(found);
  return found;
}

/** Marks and labels of an axis of time: whole hours, days or months of the zone. `named`: months only, without years. */
export function axisTime(zone, named = false) {
  const local = wall(zone);
  const clock = format(zone, { hour: "2-digit", minute: "2-digit" });
  const day = format(zone, { day: "numeric", month: "short" });
  const month = format(zone, { month: "short", ...(!named && { year: "numeric" }) });
  let step = DAY_S;
  const splits = (plot, axis, from, to) => {
    const count = Math.max(3, Math.floor(plot.bbox.width / devicePixelRatio / 68));
    const least = (to - from) / count;
    step = named || least > 14 * DAY_S ? Infinity : STEPS_S.find((one) => one >= least) ?? Infinity;
    return step === Infinity ? months(from, to, Math.ceil(least / (30 * DAY_S))) : even(from, to);
  };
  function even(from, to) {
    const found = [];
    for (let aim = Math.ceil(local(from) / step) * step; ; aim += step) {
      const moment = instant(aim, local);
      if (moment > to) return found;
      if (moment >= from && moment !== found.at(-1)) found.push(moment);
    }
  }
  function months(from, to, every) {
    const begin = new Date(local(from) * 1000);
    const found = [];
    for (let at = begin.getUTCDate() === 1 ? 0 : 1; ; at += Math.max(1, every)) {
      const moment = instant(Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + at, 1) / 1000, local);
      if (moment > to) return found;
      if (moment >= from) found.push(moment);
    }
  }
  const label = (moment) => {
    if (step === Infinity) return month(moment);
    return local(moment) % DAY_S === 0 ? day(moment) : clock(moment);
  };
  return { splits, label };
}
