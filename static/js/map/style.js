// The map's style: kinds declare style layers, this module sets their names, theme and opacity.

const FONTS = { "Noto Sans": 500, "Noto Sans Bold": 600 };
const FONT_FILES = {
  latin: ["U+0000-00FF", "U+0131", "U+0152-0153", "U+02BB-02BC", "U+02C6", "U+02DA", "U+02DC", "U+2000-206F"],
  "latin-ext": ["U+0100-02BA", "U+02BD-02C5", "U+02C7-02CC", "U+02CE-02D7", "U+02DD-02FF", "U+1E00-1E9F"],
};
export const GROUND = { light: "#f4f2ec", dark: "#1b2322" };
const MERGED = ["to-boolean", ["get", "merged"]];
const OPACITIES = {
  fill: ["fill-opacity"],
  line: ["line-opacity"],
  circle: ["circle-opacity", "circle-stroke-opacity"],
  symbol: ["text-opacity"],
};
const SOLID_SHARE = 0.5;
const darkness = matchMedia("(prefers-color-scheme: dark)");

/** "light" or "dark", as the visitor's system has it. */
export function theme() {
  return darkness.matches ? "dark" : "light";
}

/** Calls `listener` when the visitor's system turns light or dark. */
export function onTheme(listener) {
  darkness.addEventListener("change", listener);
}

/** A style layer, or a part of one, in a theme: `{ light, dark }` stands for two colours. */
export function inTheme(part, name) {
  if (Array.isArray(part)) return part.map((one) => inTheme(one, name));
  if (part === null || typeof part !== "object") return part;
  if ("light" in part && "dark" in part) return part[name];
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, inTheme(value, name)]));
}

/** A map of the bare ground; layers are added to it one by one. */
export function emptyStyle() {
  return {
    version: 8,
    "font-faces": Object.fromEntries(Object.entries(FONTS).map(([name, weight]) => [name, fontFiles(weight)])),
    sources: {},
    layers: [{ id: "ground", type: "background", paint: { "background-color": GROUND[theme()] } }],
  };
}

function fontFiles(weight) {
  return Object.entries(FONT_FILES).map(([script, range]) => ({
    url: new URL(`../../vendor/noto-sans/noto-sans-${script}-${weight}-normal.woff2`, import.meta.url).href,
    "unicode-range": range,
  }));
}

/** Whether a kind's objects are areas of the ground, beneath what stands on it. */
export function isGround(kind) {
  return kind.shape.endsWith("POLYGON") && !kind.solid;
}

/** The style layers of a kind as it is drawn when its layer is shown, lowest first, with `opacity` from 0 to 1. */
export function kindLayers(kind, source, tileJson, opacity = 1) {
  return kind.style.flatMap((part, index) => {
    const layer = named(kind, `${kind.slug}-${index}`, inTheme(part, theme()), source, tileJson);
    if (theme() === "dark") layer.paint = darkPaint(kind, layer);
    layer.paint = faded(layer.type, layer.paint, opacity);
    return kind.solid && layer.type === "fill" ? [builtUp(layer, opacity), alone(layer)] : [layer];
  });
}

/** A style layer of a kind with its identity, source and font. */
export function named(kind, id, part, source, tileJson) {
  const layer = { ...part, id, source, "source-layer": part["source-layer"] ?? kind.slug };
  if (layer.type !== "symbol") return layer;
  layer.layout = { "text-font": ["Noto Sans"], ...layer.layout };
  layer["source-layer"] = wordsLayer(kind.slug, tileJson);
  return layer;
}

/** The layer of a tile in which a kind's words are: where tiles have label points, each name is drawn once. */
function wordsLayer(slug, tileJson) {
  const labels = `${slug}_labels`;
  return tileJson.vector_layers?.some(({ id }) => id === labels) ? labels : slug;
}

// At small scales a tile has built-up areas in place of small buildings; they are paler.
function builtUp(layer, opacity) {
  const { "fill-outline-color": _, ...paint } = layer.paint;
  const soft = { ...paint, "fill-antialias": false, "fill-opacity": 0.6 * opacity };
  return { ...layer, id: `${layer.id}-built-up`, filter: MERGED, paint: soft };
}

function alone(layer) {
  return { ...layer, filter: ["!", MERGED] };
}

/** The paint of a layer whose opacities are multiplied by `opacity`. */
export function faded(type, paint, opacity) {
  if (opacity === 1) return paint;
  const changed = OPACITIES[type].map((name) => [name, times(paint[name] ?? 1, opacity)]);
  return { ...paint, ...Object.fromEntries(changed) };
}

// Only the outputs of an expression over the zoom may be multiplied; it must stay outermost.
function times(value, factor) {
  if (typeof value === "number") return value * factor;
  if (value[0] !== "interpolate") return ["*", factor, value];
  return value.map((one, at) => (at > 3 && at % 2 === 0 ? times(one, factor) : one));
}

// Colours that a kind chose for light ground, on dark ground: words are lighter; what covers the ground all over, like
// buildings, is mixed with it, as in the legend (`swatch-solid`).
function darkPaint(kind, { type, paint }) {
  if (type === "symbol") {
    return { ...paint, "text-color": mixed(paint["text-color"], "#ffffff", 0.6), "text-halo-color": GROUND.dark };
  }
  if (type !== "fill" || !kind.solid) return paint;
  return { ...paint, "fill-color": mixed(paint["fill-color"], GROUND.dark, 1 - SOLID_SHARE) };
}

function mixed(value, other, share) {
  if (Array.isArray(value)) return value.map((one) => mixed(one, other, share));
  if (!/^#[0-9a-f]{6}$/i.test(value)) return value;
  const part = (color, at) => parseInt(color.slice(at, at + 2), 16);
  const parts = [1, 3, 5].map((at) => Math.round(part(value, at) * (1 - share) + part(other, at) * share));
  return `#${parts.map((one) => one.toString(16).padStart(2, "0")).join("")}`;
}
