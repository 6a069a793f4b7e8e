// Announces changes to screen readers, bundled: at most one announcement in ten seconds, of a few lines.

import { word } from "../page/page.js";

const PAUSE_MS = 10_000;
const LINES = 4;

export class Announcer {
  #element;
  #waiting = new Map();
  #timer = 0;
  #last = -Infinity;

  /** `element` is a polite live region. */
  constructor(element) {
    this.#element = element;
  }

  /** Announces a line soon; a later one of the same `key` takes its place. */
  add(key, line) {
    this.#waiting.delete(key);
    this.#waiting.set(key, line);
    if (this.#timer) return;
    this.#timer = setTimeout(() => this.#announce(), Math.max(0, this.#last + PAUSE_MS - performance.now()));
  }

  #announce() {
    this.#timer = 0;
    this.#last = performance.now();
    const lines = [...this.#waiting.values()];
    this.#waiting.clear();
    const more = lines.length > LINES ? [word("live_more", { n: lines.length - LINES })] : [];
    this.#element.textContent = [...lines.slice(0, LINES), ...more].join(". ");
  }
}
