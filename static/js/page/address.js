// Reads and writes the state of the map in the page's address, so that a link shows it again:
// #map=zoom/lat/lon&layers=slug:70,slug&filter.slug=CQL2&at=2026-01-31&pick=slug/id,slug/id&base=own

/** The parts of the address by name, as they stand in it. */
function parts() {
  const texts = location.hash.slice(1).split("&").filter(Boolean);
  return new Map(texts.map((text) => [text.split("=", 1)[0], text.slice(text.indexOf("=") + 1)]));
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The part of that name, decoded, or null. */
export function inAddress(name) {
  const text = parts().get(name);
  return text === undefined ? null : decoded(text);
}

/**
 * Writes parts into the address; null takes one out. With `step` it becomes a step in the browser's history, to which
 * Back returns. Values are written as given: encode what is free text.
 */
export function keepInAddress(values, { step = false } = {}) {
  const kept = parts();
  for (const [name, value] of Object.entries(values)) {
    if (value === null) kept.delete(name);
    else kept.set(name, value);
  }
  const hash = `#${[...kept].map(([name, value]) => `${name}=${value}`).join("&")}`;
  if (hash === location.hash || (hash === "#" && !location.hash)) return;
  history[step ? "pushState" : "replaceState"](history.state, "", hash);
}

/** The view in the address: `{ zoom, center: [lon, lat] }`, or null. */
export function viewInAddress() {
  const numbers = (inAddress("map") ?? "").split("/").map(Number);
  const [zoom, latitude, longitude] = numbers;
  if (numbers.length < 3 || numbers.some(Number.isNaN) || Math.abs(latitude) > 85) return null;
  return { zoom, center: [longitude, latitude] };
}

/** Writes the view into the address. */
export function keepView({ zoom, center: [longitude, latitude] }) {
  const digits = Math.max(0, Math.ceil((zoom * Math.LN2 + Math.log(512 / 360 / 0.5)) / Math.LN10));
  keepInAddress({ map: [Number(zoom.toFixed(2)), Number(latitude.toFixed(digits)), Number(longitude.toFixed(digits))].join("/") });
}

/** The layers that the address shows, topmost first, as `{ slug, opacity }`; null where it names none. */
export function layersInAddress() {
  const given = inAddress("layers");
  if (given === null) return null;
  return given.split(",").filter(Boolean).map((text) => {
    const [slug, percent] = text.split(":");
    return { slug, opacity: Math.min(100, Math.max(0, Number(percent ?? 100) || 0)) / 100 };
  });
}

/** The text of `layers=` for these layers. */
export function layersText(layers) {
  return layers.map(({ slug, opacity }) => (opacity === 1 ? slug : `${slug}:${Math.round(opacity * 100)}`)).join(",");
}

/** Filters of the address by layer: CQL2-JSON, or null where the address has an empty filter. */
export function filtersInAddress() {
  const found = [...parts()].filter(([name]) => name.startsWith("filter."));
  return new Map(found.map(([name, text]) => [name.slice("filter.".length), json(decoded(text))]));
}

function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The features that the address picks, as `{ layer, key }`. */
export function picksInAddress() {
  const texts = (inAddress("pick") ?? "").split(",").filter((text) => text.includes("/"));
  return texts.map((text) => ({ layer: text.split("/")[0], key: text.slice(text.indexOf("/") + 1) }));
}

/** Calls `listener` when the visitor changes the address by hand or goes back. */
export function onAddressChange(listener) {
  addEventListener("hashchange", listener);
}
