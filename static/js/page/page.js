// The page's configuration and translated texts, which the server wrote into it.

export const configuration = JSON.parse(document.getElementById("configuration").textContent);

const { words } = configuration;
// English as it is written in Europe: 12 May 2026.
const language = configuration.language === "en" ? "en-GB" : configuration.language;
const HUGE = 1e15;
const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 2, useGrouping: "always" });
const plain = new Intl.NumberFormat(language, { maximumFractionDigits: 2, useGrouping: false });
const dates = new Intl.DateTimeFormat(language, { dateStyle: "long" });

/** The text of that name, with `{x}` replaced by `values.x`. */
export function word(name, values = {}) {
  return (words[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** A number in the page's language, huge ones as 1.5·10³⁰. Years and the like are written without separators. */
export function number(value, { grouped = true } = {}) {
  if (Math.abs(value) >= HUGE) {
    const [mantissa, exponent] = value.toExponential(3).split("e+");
    return `${numbers.format(mantissa)}·10${exponent.replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit])}`;
  }
  return (grouped ? numbers : plain).format(value);
}

/** A day in words, from "2026-11-24" or a moment; null where it is none. */
export function day(text) {
  if (!text) return null;
  const date = new Date(text.length === 10 ? `${text}T12:00:00` : text);
  return Number.isNaN(date.getTime()) ? null : dates.format(date);
}
