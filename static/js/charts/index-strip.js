// The air-quality indices of a chart's hours: a strip of colours under the chart, and the same in words.

import { number } from "../page/page.js";
import { drawing, made } from "./elements.js";

const HOUR_S = 3600;

/** Strips of the indices in `element`, over the period of the chart. */
export function showIndices(element, { indices, from, to }) {
  element.replaceChildren(...indices.filter(({ first }) => first !== null).map((index) => strip(index, from, to)));
}

function strip(index, from, to) {
  const figure = made("figure", "", "chart-index");
  const title = made("figcaption", `${index.title}: ${counts(index)}`);
  title.append(made("small", index.rules.join("; ")));
  figure.append(bar(index, from, to), title);
  return figure;
}

function bar(index, from, to) {
  const svg = drawing('<svg preserveAspectRatio="none" aria-hidden="true"><rect height="10"/></svg>');
  const cell = svg.firstElementChild;
  svg.setAttribute("viewBox", `0 0 ${to - from} 10`);
  cell.remove();
  for (const [place, begin, end] of runs(index.classes)) {
    const part = svg.appendChild(cell.cloneNode());
    const x = index.first + begin * HOUR_S - from;
    part.setAttribute("x", Math.max(0, x));
    part.setAttribute("width", (end - begin) * HOUR_S + Math.min(0, x));
    part.setAttribute("fill", grade(index, place).colour);
  }
  return svg;
}

function grade({ grades }, place) {
  return place < 0 ? grades.at(-1) : grades[place];
}

/** Equal classes in a row, as [class, first hour, hour after the last]. */
function runs(classes) {
  const found = [];
  classes.forEach((place, at) => {
    if (found.length && found.at(-1)[0] === place) found.at(-1)[2] = at + 1;
    else found.push([place, at, at + 1]);
  });
  return found;
}

function counts(index) {
  const hours = new Map();
  for (const place of index.classes) hours.set(place, (hours.get(place) ?? 0) + 1);
  const ordered = [...hours].sort(([one], [other]) => other - one);
  return ordered.map(([place, n]) => `${grade(index, place).name}: ${number(n)} h`).join(", ");
}
