// The picture that the page's address shows: ?photo=KEY&yaw=DEGREES&zoom=PERCENT, before the part of the map.

/** The picture and view of the address: `{ key, view: { yaw, zoom } }`, or null. */
export function photoInAddress() {
  const words = new URLSearchParams(location.search);
  const key = words.get("photo");
  if (!/^[0-9a-f-]{36}$/.test(key ?? "")) return null;
  const degrees = words.has("yaw") ? Number(words.get("yaw")) : NaN;
  const yaw = Number.isFinite(degrees) ? degrees : null;
  return { key, view: { yaw, zoom: Math.min(100, Math.max(0, Number(words.get("zoom")) || 0)) } };
}

/** Writes picture and view into the address, or takes them out (null); with `step` Back returns to what was before. */
export function keepPhoto(key, view = null, { step = false } = {}) {
  const words = new URLSearchParams(location.search);
  for (const name of ["photo", "yaw", "zoom"]) words.delete(name);
  if (key) words.set("photo", key);
  if (key && view && view.yaw !== null) words.set("yaw", view.yaw.toFixed(1));
  if (key && view?.zoom) words.set("zoom", view.zoom.toFixed(0));
  const query = words.size ? `?${words}` : "";
  const address = `${location.pathname}${query}${location.hash}`;
  if (query === location.search) return;
  history[step ? "pushState" : "replaceState"](history.state, "", address);
}
