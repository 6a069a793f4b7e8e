// Lengths and areas on the ellipsoid, for live display while drawing. The server measures the finished shape.

import "../../vendor/geographiclib-geodesic/geographiclib-geodesic.min.js";
import { configuration } from "../page/page.js";

const ellipsoid = window.geodesic.Geodesic.WGS84;
const CIRCLE_CORNERS = 64;
const PRECISION = 7;
const figures = new Intl.NumberFormat(configuration.language, { maximumFractionDigits: 3, useGrouping: "always" });

/** Metres between two positions (lon, lat). */
export function distance([lon1, lat1], [lon2, lat2]) {
  return ellipsoid.Inverse(lat1, lon1, lat2, lon2).s12;
}

/** Metres along positions. */
export function length(positions) {
  return positions.slice(1).reduce((sum, position, index) => sum + distance(positions[index], position), 0);
}

/** Square metres within positions, in either direction, closed or not. */
export function area(positions) {
  const polygon = ellipsoid.Polygon(false);
  for (const [lon, lat] of positions) polygon.AddPoint(lat, lon);
  return Math.abs(polygon.Compute(false, true).area);
}

/** A circle as a closed ring of positions. */
export function circle([lon, lat], radius_m) {
  const corners = Array.from({ length: CIRCLE_CORNERS }, (_, index) => {
    const { lat2, lon2 } = ellipsoid.Direct(lat, lon, (-360 * index) / CIRCLE_CORNERS, radius_m);
    return [rounded(lon2), rounded(lat2)];
  });
  return [...corners, corners[0]];
}

/** Degrees to about a centimetre. */
export function rounded(degrees) {
  return Number(degrees.toFixed(PRECISION));
}

/** A length in words: metres below a kilometre, else kilometres. */
export function lengthText(metres) {
  const [value, unit] = metres < 1000 ? [metres, "m"] : [metres / 1000, "km"];
  return `${figures.format(Number(value.toFixed(unit === "m" ? 2 : 3)))}\u00a0${unit}`;
}

/** An area in words: square metres below a hectare, else hectares. */
export function areaText(square_metres) {
  const [value, unit] = square_metres < 10_000 ? [square_metres, "m²"] : [square_metres / 10_000, "ha"];
  return `${figures.format(Number(value.toFixed(unit === "m²" ? 1 : 2)))}\u00a0${unit}`;
}

/** What a GeoJSON geometry measures, in words; "" for points. */
export function sizeText({ type, coordinates }) {
  if (type === "LineString") return lengthText(length(coordinates));
  if (type === "MultiLineString") return lengthText(coordinates.reduce((sum, line) => sum + length(line), 0));
  const rings = { Polygon: [coordinates], MultiPolygon: coordinates }[type];
  if (!rings) return "";
  return areaText(rings.reduce((sum, [outer, ...holes]) => sum + area(outer) - holes.reduce((all, one) => all + area(one), 0), 0));
}
