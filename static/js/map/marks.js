// Sources and layers that mark features on the map: the picked ones, and the one under the mouse.

const PICK = "#c2185b";
const EDGE = 64 / 4096;
const HOVER = "hover";

const POINT_PICK = {
  "circle-radius": 10,
  "circle-color": PICK,
  "circle-opacity": 0.18,
  "circle-stroke-color": PICK,
  "circle-stroke-width": 3,
};

/** Layers that mark versions of features of one source. */
export function pickLayers(source, slug, versions) {
  const among = ["in", ["id"], ["literal", versions]];
  const is = (type) => ["all", among, ["==", ["geometry-type"], type]];
  const drawn = ["all", among, ["!=", ["geometry-type"], "Point"]];
  const round = { "line-join": "round", "line-cap": "round" };
  const parts = [
    { type: "fill", filter: is("Polygon"), paint: { "fill-color": PICK, "fill-opacity": 0.14 } },
    { type: "line", filter: drawn, layout: round, paint: { "line-color": "#ffffff", "line-width": 6 } },
    { type: "line", filter: drawn, layout: round, paint: { "line-color": PICK, "line-width": 3 } },
    { type: "circle", filter: is("Point"), paint: POINT_PICK },
  ];
  return parts.map((part, index) => ({ ...part, id: `pick-${source}-${index}`, source, "source-layer": slug }));
}

/** The source and layers of the feature under the mouse; a source of its own, so that tiles need not be read again. */
export function hoverMark() {
  const round = { "line-join": "round", "line-cap": "round" };
  const lines = ["==", ["geometry-type"], "LineString"];
  return {
    id: HOVER,
    source: { type: "geojson", data: nothing() },
    layers: [
      { type: "line", filter: lines, layout: round, paint: { "line-color": "#ffffff", "line-width": 5, "line-opacity": 0.9 } },
      { type: "line", filter: lines, layout: round, paint: { "line-color": "#16504c", "line-width": 2.4 } },
      {
        type: "circle",
        filter: ["==", ["geometry-type"], "Point"],
        paint: { "circle-radius": 9, "circle-opacity": 0, "circle-stroke-color": "#16504c", "circle-stroke-width": 2.4 },
      },
    ].map((layer, index) => ({ ...layer, id: `${HOVER}-${index}`, source: HOVER })),
  };
}

export function nothing() {
  return { type: "FeatureCollection", features: [] };
}

/** The outline of a feature as found in tiles of a zoom, without the edges along which tiles cut it. */
export function outline({ geometry, tile }) {
  if (geometry.type.endsWith("Point")) return { type: "Feature", properties: {}, geometry };
  const rings = {
    LineString: () => [geometry.coordinates],
    MultiLineString: () => geometry.coordinates,
    Polygon: () => geometry.coordinates,
    MultiPolygon: () => geometry.coordinates.flat(),
  }[geometry.type]();
  const scale = 2 ** tile.z;
  return {
    type: "Feature",
    properties: {},
    geometry: { type: "MultiLineString", coordinates: rings.flatMap((ring) => uncut(ring, scale)) },
  };
}

// Pieces of a ring between the edges where it was cut.
function uncut(ring, scale) {
  const pieces = [[ring[0]]];
  for (let at = 1; at < ring.length; at += 1) {
    if (isCut(ring[at - 1], ring[at], scale)) pieces.push([ring[at]]);
    else pieces.at(-1).push(ring[at]);
  }
  return pieces.filter((piece) => piece.length > 1);
}

function isCut([x0, y0], [x1, y1], scale) {
  const column = (x) => ((x + 180) / 360) * scale;
  const row = (y) => ((1 - Math.asinh(Math.tan((y * Math.PI) / 180)) / Math.PI) / 2) * scale;
  return onEdge(column(x0), column(x1)) || onEdge(row(y0), row(y1));
}

function onEdge(from, to) {
  const within = (value) => {
    const part = value - Math.floor(value);
    return Math.abs(part - EDGE) < 5e-4 || Math.abs(part - (1 - EDGE)) < 5e-4;
  };
  return Math.abs(from - to) < 1e-4 && within(from);
}
