// How live stations are drawn: the symbol of their state, the value beside it, at closer zooms its age too.

import { token } from "../page/paint.js";
import { theme } from "./style.js";

const AGES_FROM = 14;

/** The name of the source of a kind's live stations. */
export function liveSource(slug) {
  return `${slug}-live`;
}

/** The source of live stations; their `feature_id` is what the map knows them by. */
export function emptySource() {
  return { type: "geojson", promoteId: "feature_id", data: { type: "FeatureCollection", features: [] } };
}

/**
 * The style layers of a kind's live stations: words beneath the symbols, which have their place first, so that no word
 * covers one. Where room is short, worse states have their words first.
 */
export function liveLayers(slug, tileJson, opacity) {
  const drawn = { type: "symbol", source: liveSource(slug), minzoom: tileJson.minzoom };
  const words = {
    ...drawn,
    id: `${liveSource(slug)}-words`,
    layout: {
      "symbol-sort-key": ["-", ["get", "rank"]],
      "text-field": ["step", ["zoom"], ["get", "value"], AGES_FROM, ["get", "label"]],
      "text-font": ["Noto Sans Bold"],
      "text-size": ["interpolate", ["linear"], ["zoom"], 10, 11, 14, 13],
      "text-variable-anchor": ["left", "right", "top", "bottom", "bottom-left", "bottom-right", "top-left", "top-right"],
      "text-radial-offset": 1.3,
      "text-justify": "auto",
      "text-padding": 0,
    },
    paint: {
      "text-opacity": opacity,
      "text-color": token("map-ink"),
      "text-halo-color": token("map-paper"),
      "text-halo-width": 1.8,
    },
  };
  const symbols = {
    ...drawn,
    id: liveSource(slug),
    layout: {
      "symbol-sort-key": ["get", "rank"],
      "icon-image": ["concat", ["get", "symbol"], `|${theme()}`],
      "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.7, 14, 1],
      "icon-allow-overlap": true,
      "icon-padding": 0,
    },
    paint: { "icon-opacity": opacity },
  };
  return [words, symbols];
}
