// The map under the layers: the city's own, drawn from the same tiles as its layers, or one that the city configured.

import { inTheme, named, theme } from "./style.js";

/** Drawing order of the own map's parts: ground and water, above them buildings, above these ways. */
const SLOTS = { ground: 0, water: 1, building: 2, casing: 3, way: 4, boundary: 5, label: 6 };
const CITY_NAME = "base-city-name";
const RASTER = "base-raster";

/** What the own map draws of a kind once its tiles are known. */
function kindParts(kind, tileJson) {
  return kind.basemap.map((part, index) => {
    const { slot, ...styled } = inTheme(part, theme());
    return { slot: SLOTS[slot], kind, layer: named(kind, `base-${kind.slug}-${index}`, styled, kind.slug, tileJson) };
  });
}

/**
 * The own map's layers by drawing order: `ground` beneath the city's areas, `buildings` above these, `ways` above
 * buildings, and `words` above all. Labels of larger things come first, and win a collision.
 */
export function ownMap(kinds, tileJsons) {
  const parts = kinds.filter(({ slug }) => tileJsons.has(slug)).flatMap((kind) => kindParts(kind, tileJsons.get(kind.slug)));
  parts.sort((a, b) => a.slot - b.slot || (a.slot === SLOTS.label ? b.kind.order - a.kind.order : a.kind.order - b.kind.order));
  const between = (low, high) => parts.filter(({ slot }) => slot >= low && slot <= high).map(({ layer }) => layer);
  return {
    ground: between(SLOTS.ground, SLOTS.water),
    buildings: between(SLOTS.building, SLOTS.building),
    ways: between(SLOTS.casing, SLOTS.boundary),
    words: between(SLOTS.label, SLOTS.label),
  };
}

/** The source and the layer of the city's name, seen from afar. */
export function cityName({ name, center }) {
  const source = {
    type: "geojson",
    data: { type: "Feature", properties: { name }, geometry: { type: "Point", coordinates: center } },
  };
  const layer = {
    id: CITY_NAME,
    type: "symbol",
    source: CITY_NAME,
    maxzoom: 11.6,
    layout: {
      "text-field": ["get", "name"],
      "text-font": ["Noto Sans Bold"],
      "text-size": ["interpolate", ["linear"], ["zoom"], 9, 17, 11, 24],
      "text-letter-spacing": 0.04,
      "text-padding": 10,
    },
    paint: inTheme(
      {
        "text-color": { light: "#2c3634", dark: "#e6edeb" },
        "text-halo-color": { light: "#ffffff", dark: "#1b2322" },
        "text-halo-width": 2,
      },
      theme(),
    ),
  };
  return { id: CITY_NAME, source, layer };
}

/** The source and the layer of a map from elsewhere. */
export function rasterMap({ id, url, attribution }) {
  const name = `${RASTER}-${id}`;
  return {
    id: name,
    source: { type: "raster", tiles: [url], tileSize: 256, attribution, maxzoom: 19 },
    layer: { id: name, type: "raster", source: name },
  };
}
