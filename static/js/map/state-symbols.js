// Symbols of states: a shape in a colour, distinct without the colour; stuck, stale and dead ones look so. As SVG for the
// page and as images for the map, both from the same parts.

import { icon } from "../page/icons.js";
import { token } from "../page/paint.js";
import { arrowImage } from "./photo-arrows.js";

const SIZE = 28;
const SHARP = 3;
const SHAPES = {
  circle: "M6 14a8 8 0 1 0 16 0a8 8 0 1 0-16 0Z",
  square: "M7 7h14v14H7Z",
  diamond: "M14 4.5 23.5 14 14 23.5 4.5 14Z",
  triangle: "M14 5 23.5 22h-19Z",
  hexagon: "M14 4.5 22.2 9.25v9.5L14 23.5 5.8 18.75v-9.5Z",
  star: "M14 3.6l3 6.6 7.2.8-5.4 4.8 1.5 7.1L14 19.3l-6.3 3.6 1.5-7.1L3.8 11l7.2-.8Z",
  ring: "M6 14a8 8 0 1 0 16 0a8 8 0 1 0-16 0ZM10.5 14a3.5 3.5 0 1 1 7 0a3.5 3.5 0 1 1-7 0Z",
};
const AROUND = "M2 14a12 12 0 1 0 24 0a12 12 0 1 0-24 0Z";
const DEAD = "M4.5 14a9.5 9.5 0 1 0 19 0a9.5 9.5 0 1 0-19 0Z";
const CROSS = "M9.5 9.5l9 9M18.5 9.5l-9 9";
const EQUAL = "M10.5 12h7M10.5 16.2h7";
const GREY = "#8c9296";

// What is drawn one after the other: a path with its fill, its stroke of some width, its opacity.
function partsOf({ shape, colour, ink }, fresh, { edge, paper }) {
  if (fresh === "dead") {
    return [
      { d: DEAD, fill: paper, stroke: paper, width: 5.5 },
      { d: DEAD, stroke: GREY, width: 3 },
      { d: CROSS, stroke: edge, width: 2.4 },
    ];
  }
  const outline = SHAPES[shape] ?? SHAPES.ring;
  const parts = [
    { d: outline, stroke: paper, width: 4.5 },
    { d: outline, fill: colour, stroke: edge, width: 1.5, opacity: fresh === "stale" ? 0.45 : 1 },
  ];
  if (fresh === "stale") parts.push({ d: AROUND, stroke: paper, width: 4 }, { d: AROUND, stroke: edge, width: 1.8, dashed: true });
  if (fresh === "stuck") parts.push({ d: EQUAL, stroke: ink, width: 2.2 });
  return parts;
}

/** The symbol of a state `{ shape, colour, ink }` for the page; its meaning stands in words beside it. */
export function stateSymbol(state, fresh = "live") {
  const svg = icon("circle");
  const paths = partsOf(state, fresh, { edge: "currentColor", paper: "none" }).map((one) => pathOf(svg.namespaceURI, one));
  svg.replaceChildren(...paths);
  given(svg, { viewBox: `0 0 ${SIZE} ${SIZE}`, width: 22, height: 22, class: "state-symbol" });
  return svg;
}

function pathOf(namespace, { d, fill = "none", stroke, width, opacity, dashed }) {
  const path = document.createElementNS(namespace, "path");
  const dash = dashed ? "3.5 3" : null;
  given(path, { d, fill, stroke, "stroke-width": width, "fill-opacity": opacity, "stroke-dasharray": dash, "fill-rule": "evenodd" });
  return path;
}

function given(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
}

/** The name of a state's image on the map: the map asks for it by that name, in a theme. */
export function imageName({ shape, colour, ink }, fresh) {
  return ["state", shape, colour, ink, fresh].join("|");
}

/** Draws the images that a map asks for by `imageName` and theme, each once. */
export function drawImages(map) {
  map.setMissingStyleImageResolver((id) => {
    const [kind, shape, colour, ink, fresh] = id.split("|");
    if (kind === "photo" && !map.hasImage(id)) {
      const { data, pixelRatio } = arrowImage(shape);
      map.addImage(id, data, { pixelRatio });
    }
    if (kind === "state" && !map.hasImage(id)) map.addImage(id, image({ shape, colour, ink }, fresh), { pixelRatio: SHARP });
  });
}

function image(state, fresh) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE * SHARP;
  const context = canvas.getContext("2d");
  context.scale(SHARP, SHARP);
  context.lineJoin = "round";
  for (const one of partsOf(state, fresh, { edge: token("map-ink"), paper: token("map-paper") })) paint(context, one);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

function paint(context, { d, fill, stroke, width, opacity = 1, dashed = false }) {
  const path = new Path2D(d);
  context.globalAlpha = opacity;
  if (fill) {
    context.fillStyle = fill;
    context.fill(path, "evenodd");
  }
  context.globalAlpha = 1;
  context.setLineDash(dashed ? [3.5, 3] : []);
  context.strokeStyle = stroke;
  context.lineWidth = width;
  context.stroke(path);
}
