// Shapes given as text: lines of positions, or WKT.

import { places } from "../page/api.js";
import { ShapeFault, read } from "./shapes.js";

const WKT = /^\s*(?:SRID\s*=\s*4326\s*;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON)\s*Z?\s*(\(.*\))\s*$/is;
const NAMES = { POINT: "Point", LINESTRING: "LineString", POLYGON: "Polygon" };
const FEWEST = { point: 1, line: 2, polygon: 3 };
const MOST_LINES = 50;

/**
 * The shapes of a text: WKT in degrees, or a position a line, of which several make a "line", "polygon" or "point"s.
 * Positions may be in any of the city's systems: the server reads them. Throws ShapeFault.
 */
export async function writtenShapes(text, form) {
  if (/^\s*(SRID|MULTI|POINT|LINESTRING|POLYGON)/i.test(text)) return read(JSON.stringify(fromWkt(text)));
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  if (lines.length > MOST_LINES) throw new ShapeFault("coordinates_many", { most: MOST_LINES });
  const positions = await Promise.all(lines.map(position));
  if (positions.length === 1) return read(JSON.stringify({ type: "Point", coordinates: positions[0] }));
  if (positions.length < FEWEST[form]) throw new ShapeFault("coordinates_few", { n: FEWEST[form] });
  return read(JSON.stringify(geometry(positions, form)));
}

function geometry(positions, form) {
  if (form === "polygon") return { type: "Polygon", coordinates: [[...positions, positions[0]]] };
  return { type: form === "point" ? "MultiPoint" : "LineString", coordinates: positions };
}

async function position(line, index) {
  const { results } = await places(line);
  const found = results.find(({ type }) => type === "coordinates");
  if (!found) throw new ShapeFault("coordinates_unread", { n: index + 1, text: line.slice(0, 40) });
  return found.center;
}

function fromWkt(text) {
  const match = WKT.exec(text);
  if (!match) throw new ShapeFault("coordinates_wkt");
  const [, multi, name, body] = match;
  const numbers = /[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?:\s+[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)+/gi;
  const listed = body.replace(numbers, (position) => `[${position.trim().split(/\s+/).slice(0, 2).join(",")}]`);
  let coordinates;
  try {
    coordinates = JSON.parse(listed.replaceAll("(", "[").replaceAll(")", "]"));
  } catch {
    throw new ShapeFault("coordinates_wkt");
  }
  if (name === "POINT" && !multi) [coordinates] = coordinates;
  if (name === "POINT" && multi) coordinates = coordinates.map((one) => (Array.isArray(one[0]) ? one[0] : one));
  return { type: `${multi ? "Multi" : ""}${NAMES[name.toUpperCase()]}`, coordinates };
}
