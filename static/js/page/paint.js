// Colours of tokens.css for map layers, which style sheets do not apply to.

/** The colour of that token, as the page has it now. */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Layers that draw a GeoJSON source on top of a MapLibre map: areas, lines with a light edge, points. */
export function drawingLayers(source, color, { dashed = false } = {}) {
  const round = { "line-join": "round", "line-cap": "round" };
  const paper = token("map-paper");
  const is = (...types) => ["in", ["geometry-type"], ["literal", types]];
  const dots = { "circle-radius": 5.5, "circle-color": color, "circle-stroke-color": paper, "circle-stroke-width": 2 };
  return [
    { id: `${source}-fill`, type: "fill", filter: is("Polygon"), paint: { "fill-color": color, "fill-opacity": 0.16 } },
    { id: `${source}-edge`, type: "line", layout: round, paint: { "line-color": paper, "line-width": 5.5 } },
    {
      id: `${source}-line`,
      type: "line",
      layout: round,
      paint: { "line-color": color, "line-width": 2.75, ...(dashed && { "line-dasharray": [2, 1.6] }) },
    },
    { id: `${source}-point`, type: "circle", filter: is("Point"), paint: dots },
  ].map((layer) => ({ ...layer, source }));
}

/** An empty or filled collection of GeoJSON features. */
export function collection(features = []) {
  return { type: "FeatureCollection", features };
}

/** A GeoJSON feature. */
export function featureOf(geometry, properties = {}) {
  return { type: "Feature", geometry, properties };
}
