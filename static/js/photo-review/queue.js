// Pictures in the order of the queue, loaded ahead, and decisions that are stored in the background.

import { reviewDecision, reviewNext } from "../page/api.js";

const MOST_UNREADABLE = 5;

export class Queue {
  #run;
  #pending = new Map();
  #next = null;

  /**
   * `stored(count)` gets the number of decisions that are being stored, `failed(decision, fault, again)` a failure,
   * `unreadable(picture)` a picture that is left out because its file cannot be loaded.
   */
  constructor(run, { stored, failed, unreadable }) {
    this.#run = run;
    this.stored = stored;
    this.failed = failed;
    this.unreadable = unreadable;
  }

  /** Begins to load the picture after that one, once the decisions before are stored. */
  prepare(after) {
    this.#next = this.#settled().then(() => this.#load(after));
    this.#next.catch(() => {});
  }

  /** The prepared picture as `{ picture, image }`, or null where none is left. */
  take() {
    const next = this.#next;
    this.#next = null;
    return next;
  }

  /** Stores a decision `{ picture, posted }`; its promise `stored` is true where that succeeded. */
  decide(decision) {
    const { key } = decision.picture;
    const stored = reviewDecision(key, decision.posted)
      .then(() => true)
      .catch((fault) => {
        const again = () => this.decide(decision);
        this.failed(decision, fault, again);
        return false;
      })
      .finally(() => {
        if (this.#pending.get(key) === stored) this.#pending.delete(key);
        this.stored(this.#pending.size);
      });
    this.#pending.set(key, stored);
    this.stored(this.#pending.size);
    decision.stored = stored;
  }

  get busy() {
    return this.#pending.size > 0;
  }

  async #settled() {
    await Promise.all(this.#pending.values());
  }

  async #load(after, left = MOST_UNREADABLE) {
    const { picture } = await reviewNext(this.#run, after);
    if (!picture) return null;
    try {
      return { picture, image: await loaded(picture.screen) };
    } catch (fault) {
      this.unreadable(picture);
      if (!left) throw fault;
      return this.#load(picture.key, left - 1);
    }
  }
}

/** A decoded image of that address. */
export async function loaded(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  return image;
}
