// The live stations of a layer: one document, then what changed, every two seconds while it runs and the tab is seen.

import { liveStations } from "../page/api.js";
import { serverNow } from "../page/server-clock.js";

const EVERY_MS = 2_000;
const WHOLE_MS = 60_000;
const LONGEST_MS = 60_000;

export class LiveFeed {
  #slug;
  #listeners;
  #stations = null;
  #seq = null;
  #whole = 0;
  #faults = 0;
  #timer = 0;
  #running = false;
  #asked = 0;

  /**
   * `changed()` is called after each document with news, `interrupted(since)` with the moment of the first fault of
   * several, and with null when the server answers again.
   */
  constructor(slug, listeners) {
    [this.#slug, this.#listeners] = [slug, listeners];
    document.addEventListener("visibilitychange", () => this.#seen());
  }

  /** Stations by feature id, null before the first document. */
  get stations() {
    return this.#stations;
  }

  /** Polls, or stops to. */
  run(on) {
    if (on === this.#running) return;
    this.#running = on;
    this.#seen();
    if (!on) this.#answered();
  }

  #seen() {
    clearTimeout(this.#timer);
    this.#asked += 1;
    if (this.#running && !document.hidden) this.#poll();
  }

  async #poll() {
    const asked = ++this.#asked;
    const whole = !this.#stations || performance.now() - this.#whole >= WHOLE_MS;
    try {
      const found = await liveStations(this.#slug, whole ? null : this.#seq);
      if (asked !== this.#asked) return;
      if (found) this.#take(found);
      this.#answered();
    } catch {
      if (asked !== this.#asked) return;
      this.#faults += 1;
      if (this.#faults === 1) this.#listeners.interrupted(new Date(serverNow()));
    }
    this.#timer = setTimeout(() => this.#poll(), Math.min(EVERY_MS * 2 ** this.#faults, LONGEST_MS));
  }

  #take({ seq, whole, stations }) {
    const known = whole ? {} : Object.fromEntries(this.#stations ?? []);
    if (whole) this.#whole = performance.now();
    this.#stations = new Map(Object.entries({ ...known, ...stations }));
    this.#seq = seq;
    this.#listeners.changed();
  }

  #answered() {
    if (this.#faults) this.#listeners.interrupted(null);
    this.#faults = 0;
  }
}
