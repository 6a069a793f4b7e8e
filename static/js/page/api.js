// The only module that sends requests to the server.

import { setFrom } from "./server-clock.js";

/** An error response, or none. `status` is 0 where the server could not be reached. */
export class Unanswered extends Error {
  constructor(address, status) {
    super(`${address}: ${status || "unreachable"}`);
    this.status = status;
  }
}

async function json(address, posted = null) {
  let answer;
  try {
    answer = await fetch(address, {
      headers: {
        Accept: "application/json",
        "Accept-Language": document.documentElement.lang,
        ...(posted && { "Content-Type": "application/json" }),
      },
      ...(posted && { method: "POST", body: JSON.stringify(posted) }),
    });
  } catch {
    throw new Unanswered(address, 0);
  }
  if (!answer.ok) throw new Unanswered(address, answer.status);
  return answer.json();
}

/**
 * A layer's TileJSON: addresses of its tiles, source and date of its data; null while it has none. `chosen` may have a
 * `filter` (CQL2) and a moment `at`.
 */
export async function layer(slug, chosen = {}) {
  const words = Object.entries(chosen).filter(([, value]) => value);
  const query = words.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  try {
    return await json(`/tiles/${slug}.json${query ? `?${query}` : ""}`);
  } catch (fault) {
    if (fault.status === 404) return null;
    throw fault;
  }
}

/** All fields of a feature that the visitor may see, now or at a day of the past ("2026-01-31"). */
export function feature(slug, key, at = null) {
  return json(`/tiles/${slug}/features/${encodeURIComponent(key)}.json${at ? `?at=${at}` : ""}`);
}

/** The history of a feature, latest first: `{ events: [{ what, when, source, changes }] }`. */
export function featureHistory(slug, id) {
  return json(`/tiles/${slug}/features/${id}/history.json`);
}

/**
 * The live stations of a layer: all, or those that changed since the number `after` of another answer; null where none
 * did. `{ seq, whole, stations }`.
 */
export async function liveStations(slug, after = null) {
  const address = `/live/${slug}.json${after === null ? "" : `?after=${after}`}`;
  let answer;
  try {
    answer = await fetch(address, { headers: { Accept: "application/json" } });
    setFrom(answer);
    if (answer.status === 304) return null;
    if (answer.ok) return await answer.json();
  } catch {
    throw new Unanswered(address, 0);
  }
  throw new Unanswered(address, answer.status);
}

/** States and values of the live stations of a layer in the last 48 hours: `{ times, stations, grades, fresh }`. */
export function liveHistory(slug) {
  return json(`/live/${slug}/last-48-hours.json`);
}

/** The ids of the features of a layer that a filter (CQL2) leaves, at most 10,000. */
export async function featureIds(slug, filter) {
  const query = new URLSearchParams({ filter: JSON.stringify(filter), "filter-lang": "cql2-json", limit: 10_000, f: "json" });
  const { features } = await json(`/ogc/collections/${slug}/items?${query}`);
  return new Set(features.map(({ id }) => id));
}

/** Places that a text may mean: `{ results: [{ type, type_title, icon, title, detail, layer, ... }], note }`. */
export function places(text) {
  return json(`/search.json?q=${encodeURIComponent(text)}`);
}

/** Names, number and sums of picked features, from `{ slug: [keys] }`. */
export function summary(layers) {
  return json("/selection.json", { layers });
}

/** Geodesic and grid length and area of a GeoJSON geometry. */
export function measures(geometry) {
  return json("/measure.json", { geometry });
}

/** The area within `distance_m` of `{ geometry }` or of the feature `{ layer, feature }`, as `{ geometry }`. */
export function surroundings(what, distance_m) {
  return json("/buffer.json", { ...what, distance_m });
}

/** A shape of the edit form, `{ layer, text }` or `{ layer, geometry }`, as `{ text, geometry, size, fault }`. */
export function editGeometry(shape) {
  return json("/edit/geometry.json", shape);
}

/** The fields by which a layer can be filtered: `[{ name, title, type, unit, choices }]`. */
export async function fields(slug) {
  return (await json(`/catalogue/${slug}/fields.json`)).fields;
}

/** The corners (longitude, latitude) of the ground that a sheet would show. */
export function printFrame({ paper, orientation, scale, center }) {
  return told("/print/frame.json?" + new URLSearchParams({ paper, orientation, scale, center: center.join(",") }), (answer) => answer.json());
}

/** A printed sheet and the name of its file. A fault has the server's message in `detail` where there is one. */
export function printed(order) {
  const posted = { method: "POST", body: JSON.stringify(order), headers: { "Content-Type": "application/json" } };
  return told("/print/", async (answer) => {
    const [, name] = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "") ?? [null, "map.pdf"];
    return { blob: await answer.blob(), name };
  }, posted);
}

async function told(address, read, how = {}) {
  let answer;
  try {
    answer = await fetch(address, how);
    if (answer.ok) return await read(answer);
  } catch {
    throw new Unanswered(address, 0);
  }
  const fault = new Unanswered(address, answer.status);
  fault.body = await answer.json().catch(() => ({}));
  fault.detail = fault.body.detail;
  throw fault;
}

/** A street photo by its key: its files, place, neighbours and words. */
export function pictureOf(key) {
  return json(`/pictures/${key}.json`);
}

/** The street photo that looks at a place, with `towards: { distance_m, bearing_deg, looks }`. */
export function pictureAt(lon, lat) {
  return json(`/pictures/near.json?lon=${lon}&lat=${lat}`);
}

/** Progress of a private run of a study: `{ status, done, total, ended }`. */
export function studyJob(address) {
  return json(address);
}

/** The features of a study's result, as GeoJSON. `page` is the address of the study's or the private result's page. */
export function studyFeatures(page, slug) {
  return json(`${page}${slug}.geojson`);
}

/** The features of a spatial question's answer, as GeoJSON; a fault has the server's message in `detail`. */
export function answerFeatures(address) {
  return told(address, (answer) => answer.json());
}

/** Progress of an upload's dry run or import: `{ ended, line, done, total }`. */
export function uploadState(address) {
  return json(address);
}

/** Objects of an upload as GeoJSON. */
export function uploadShapes(address) {
  return json(address);
}

function sql(address, posted, read, how = {}) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token };
  return told(address, read, { ...how, method: "POST", body: JSON.stringify(posted), headers });
}

/** The answer to `{ sql, key }`: `{ columns, rows, more, seconds, features, … }`. A fault's `body` has the position. */
export function sqlAnswer(posted) {
  return sql("/sql.json", posted, (answer) => answer.json());
}

/** The answer to `{ sql, format, key }` as a file, and whether it holds all rows. */
export function sqlFile(posted) {
  return sql("/sql.json", posted, async (answer) => ({ blob: await answer.blob(), complete: answer.headers.get("X-Complete") !== "no" }));
}

/** Asks for one's own running statement to be stopped; also while the page is being left. */
export function sqlStop(key) {
  return sql("/sql/stop.json", { key }, (answer) => answer.json(), { keepalive: true });
}

/** The areas of a small file as one GeoJSON geometry; for accounts. */
export function areaOfFile(file) {
  const body = new FormData();
  body.append("file", file);
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const headers = { Accept: "application/json", "X-CSRFToken": token, "Accept-Language": document.documentElement.lang };
  return told("/query/area.json", (answer) => answer.json(), { method: "POST", body, headers });
}

/** The lines of a chart for the parameters of its choice; a fault has the server's message in `detail`. */
export function chartLines(address, words) {
  return told(`${address}?${words}`, (answer) => answer.json());
}

/** The next photo to review after that one, of a run if any: `{ picture }`, null where none is left. */
export function reviewNext(run, after) {
  return json(`/photos/review/next.json?${new URLSearchParams({ run, ...(after && { after }) })}`);
}

/** The photo of the reviewer's last decision, of a run if any: `{ picture }`, null where there is none. */
export function reviewLast(run) {
  return json(`/photos/review/last.json?${new URLSearchParams({ run })}`);
}

/** A photo of the review as it is now: `{ picture }`. */
export function reviewPicture(key) {
  return json(`/photos/review/${key}.json`);
}

/** Stores a decision `{ verdict, reason, boxes }` about a photo; `{ picture }` as it is then. Also while leaving the page. */
export function reviewDecision(key, decision) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token };
  const how = { method: "POST", body: JSON.stringify(decision), headers, keepalive: true };
  return told(`/photos/review/${key}.json`, (answer) => answer.json(), how);
}
