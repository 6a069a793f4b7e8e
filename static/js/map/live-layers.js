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

/** The style layers of a kind's live stations. Where room is short, worse states have their words first. */
export function liveLayers(slug, tileJson, opacity) {
  const layer = {
    id: `${slug}-live`,
    type: "symbol",
    source: liveSource(slug),
    minzoom: tileJson.minzoom,
    layout: {
      "icon-image": ["concat", ["get", "symbol"], `|${theme()}`],
      "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.7, 14, 1],
      "icon-allow-overlap": true,
      "icon-padding": 0,
      "symbol-sort-key": ["-", ["get", "rank"]],
      "text-field": ["step", ["zoom"], ["get", "value"], AGES_FROM, ["get", "label"]],
      "text-font": ["Noto Sans Bold"],
      "text-size": ["interpolate", ["linear"], ["zoom"], 10, 11, 14, 13],
      "text-variable-anchor": ["left", "right", "top", "bottom"],
      "text-radial-offset": 1.15,
      "text-justify": "auto",
      "text-optional": true,
    },
    paint: {
      "icon-opacity": opacity,
      "text-opacity": opacity,
      "text-color": token("map-ink"),
      "text-halo-color": token("map-paper"),
      "text-halo-width": 1.8,
    },
  };
  return [layer];
}
