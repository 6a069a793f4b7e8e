// The only module that asks the server for data.

/** The server said no, or nothing. `status` is 0 where it could not be reached. */
export class Unanswered extends Error {
  constructor(address, status) {
    super(`${address}: ${status || "unreachable"}`);
    this.status = status;
  }
}

async function json(address) {
  let answer;
  try {
    answer = await fetch(address, {
      headers: { Accept: "application/json", "Accept-Language": document.documentElement.lang },
    });
  } catch {
    throw new Unanswered(address, 0);
  }
  if (!answer.ok) throw new Unanswered(address, answer.status);
  return answer.json();
}

/** A layer's TileJSON: where its tiles are, and what is known about its data; null while it holds none. */
export async function layer(slug) {
  try {
    return await json(`/tiles/${slug}.json`);
  } catch (fault) {
    if (fault.status === 404) return null;
    throw fault;
  }
}

/** Everything one may know about a feature. */
export function feature(slug, key) {
  return json(`/tiles/${slug}/features/${encodeURIComponent(key)}.json`);
}
