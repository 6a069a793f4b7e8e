// Moments in words, in a time zone. In the hour that the clock shows twice in autumn the zone's name is added.

const HOUR_MS = 3_600_000;

/** A function from milliseconds since 1970 to text, by the options of Intl.DateTimeFormat. */
export function momentText(language, zone, options) {
  const plain = new Intl.DateTimeFormat(language, { ...options, timeZone: zone });
  if (!options.hour) return (moment) => plain.format(moment);
  const named = new Intl.DateTimeFormat(language, { ...options, timeZone: zone, timeZoneName: "short" });
  return (moment) => {
    const text = plain.format(moment);
    const twice = [-HOUR_MS, HOUR_MS].some((by) => plain.format(moment + by) === text);
    return twice ? named.format(moment) : text;
  };
}
