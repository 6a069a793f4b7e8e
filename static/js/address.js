// The part of the page's address that keeps what is shown. MapLibre writes `map=zoom/lat/lon`, this module `layers=`.

/** Slugs of the layers that the address asks for, or null where it names none. */
export function layersInAddress() {
  const given = new URLSearchParams(location.hash.slice(1)).get("layers");
  return given === null ? null : given.split(",").filter(Boolean);
}

/** Writes the shown layers into the address, without a step in the browser's history. */
export function keepLayers(slugs) {
  const parts = location.hash.slice(1).split("&").filter((part) => part && !part.startsWith("layers="));
  history.replaceState(history.state, "", `#${[...parts, `layers=${slugs.join(",")}`].join("&")}`);
}

/** Calls `listener` when somebody changes the address by hand or goes back. */
export function onAddressChange(listener) {
  addEventListener("hashchange", listener);
}
