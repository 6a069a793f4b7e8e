// What card and lists show of a live station: its state as symbol and words, its value, age and doubts.

import { stateSymbol } from "../map/state-symbols.js";
import { ageText, local, stateText, valueText } from "./live-words.js";

/** An element with a class and content. */
export function made(name, className, ...content) {
  const element = document.createElement(name);
  element.className = className;
  element.append(...content);
  return element;
}

/** The state of a station or series `{ state, fresh }` as symbol and words. */
export function stateLine({ state, fresh }) {
  return made("span", "live-state", stateSymbol(state, fresh.code), made("span", "", stateText({ state, fresh })));
}

/** Its value, how old it is, and what is doubtful about it. */
export function figures(one, now) {
  const age = ageText(one.at, now);
  return [
    made("span", "live-value", valueText(one) || "–"),
    ...(age ? [made("span", "live-age", age)] : []),
    ...one.marks.map(({ text }) => made("span", "tag live-mark", local(text))),
  ];
}

/** Puts new content into an element if its words changed; the focus stays on the control at its place. */
export function renew(element, content) {
  const next = made("div", "", ...content);
  if (next.innerHTML === element.innerHTML) return;
  const controls = () => [...element.querySelectorAll("a, button")];
  const focused = controls().indexOf(document.activeElement);
  element.replaceChildren(...content);
  controls()[focused]?.focus({ preventScroll: true });
}
