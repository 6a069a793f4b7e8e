// The map's style: kinds say how they look, this module says what lies above what.

const FONT = "Noto Sans";
const FONT_FILES = {
  latin: ["U+0000-00FF", "U+0131", "U+0152-0153", "U+02BB-02BC", "U+02C6", "U+02DA", "U+02DC", "U+2000-206F"],
  "latin-ext": ["U+0100-02BA", "U+02BD-02C5", "U+02C7-02CC", "U+02CE-02D7", "U+02DD-02FF", "U+1E00-1E9F"],
};
const GROUND = "#f5f3ee";
const MERGED = ["to-boolean", ["get", "merged"]];
const PICK = "#c2185b";
const POINT_PICK = {
  "circle-radius": 10,
  "circle-color": PICK,
  "circle-opacity": 0.18,
  "circle-stroke-color": PICK,
  "circle-stroke-width": 3,
};

/** A map of the bare ground; layers are added to it one by one. */
export function emptyStyle() {
  return {
    version: 8,
    "font-faces": {
      [FONT]: Object.entries(FONT_FILES).map(([script, range]) => ({
        url: new URL(`../vendor/noto-sans/noto-sans-${script}-500-normal.woff2`, import.meta.url).href,
        "unicode-range": range,
      })),
    },
    sources: {},
    layers: [{ id: "ground", type: "background", paint: { "background-color": GROUND } }],
  };
}

/**
 * All style layers of the kinds, lowest first: ground cover, ways and waters, what stands on the ground,
 * boundaries, points, and words on top. Among words, those of the kinds declared first win a collision.
 */
export function styleLayers(kinds) {
  const ground = Math.min(...kinds.filter(({ solid }) => solid).map(({ order }) => order));
  const layers = kinds.flatMap((kind) => [
    ...kind.style.map((part, index) => {
      return { kind, index, level: level(kind, part, ground), layer: named(kind, part, index) };
    }),
    ...builtUp(kind),
  ]);
  layers.sort((a, b) => a.level - b.level || order(a) - order(b) || a.index - b.index);
  return layers.map(({ layer }) => layer);
}

// Boundaries of kinds declared before what stands on the ground (districts) run beneath ways, others above all.
function level(kind, part, ground) {
  if (part.type === "symbol") return 5;
  if (part.type === "circle") return 4;
  if (kind.solid) return 2;
  const areal = kind.shape.endsWith("POLYGON");
  if (part.type === "line") return areal && kind.order > ground ? 3 : 1;
  return 0;
}

function order({ kind, level: height }) {
  return height === 5 ? -kind.order : kind.order;
}

function named(kind, part, index) {
  const layer = { ...part, id: `${kind.slug}-${index}`, source: kind.slug, "source-layer": kind.slug };
  if (part.type === "symbol") layer.layout = { "text-font": [FONT], ...part.layout };
  if (kind.solid && part.type === "fill") layer.filter = ["!", MERGED];
  return layer;
}

// From afar a tile has built-up areas in place of small buildings; they are ground cover, beneath the ways.
function builtUp(kind) {
  if (!kind.solid) return [];
  return kind.style.flatMap((part, index) => {
    if (part.type !== "fill") return [];
    const { "fill-outline-color": _, ...paint } = part.paint;
    const soft = { ...paint, "fill-antialias": false, "fill-opacity": 0.6 };
    const layer = { ...named(kind, part, index), id: `${kind.slug}-built-up`, filter: MERGED, paint: soft };
    return [{ kind, index, level: 0, layer }];
  });
}

/** The layer of a tile in which a kind's words are: where tiles have label points, each name is drawn once. */
export function wordsLayer(slug, tileJson) {
  const labels = `${slug}_labels`;
  return tileJson.vector_layers?.some(({ id }) => id === labels) ? labels : slug;
}

/** Layers that mark one version of a feature. */
export function pickLayers(slug, version) {
  const is = (type) => ["all", ["==", ["id"], version], ["==", ["geometry-type"], type]];
  const drawn = ["all", ["==", ["id"], version], ["!=", ["geometry-type"], "Point"]];
  const round = { "line-join": "round", "line-cap": "round" };
  const parts = [
    { type: "fill", filter: is("Polygon"), paint: { "fill-color": PICK, "fill-opacity": 0.14 } },
    { type: "line", filter: drawn, layout: round, paint: { "line-color": "#ffffff", "line-width": 6 } },
    { type: "line", filter: drawn, layout: round, paint: { "line-color": PICK, "line-width": 3 } },
    { type: "circle", filter: is("Point"), paint: POINT_PICK },
  ];
  return parts.map((part, index) => ({ ...part, id: `pick-${index}`, source: slug, "source-layer": slug }));
}
