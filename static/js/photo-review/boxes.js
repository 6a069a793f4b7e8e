// The boxes of a picture: corners as shares of its width and height, with the steps that led to them.

const LEAST = 0.004;
const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

/** The box moved by shares, as far as the picture goes. */
export function moved(box, right, down) {
  const x = clamp(right, -box.left, 1 - box.right);
  const y = clamp(down, -box.top, 1 - box.bottom);
  return byPerson({ ...box, left: box.left + x, right: box.right + x, top: box.top + y, bottom: box.bottom + y });
}

/** The box with other corners, put in order and cut to the picture. */
export function reshaped(box, corners) {
  const [left, right] = ordered(corners.left ?? box.left, corners.right ?? box.right);
  const [top, bottom] = ordered(corners.top ?? box.top, corners.bottom ?? box.bottom);
  return byPerson({ ...box, left, right, top, bottom });
}

function ordered(one, other) {
  const start = clamp(Math.min(one, other), 0, 1 - LEAST);
  return [start, clamp(Math.max(one, other), start + LEAST, 1)];
}

/** The box with its middle at a point, inside the picture. */
export function placed(box, x, y) {
  return moved(box, x - (box.left + box.right) / 2, y - (box.top + box.bottom) / 2);
}

/** The box larger or smaller about its middle. */
export function scaled(box, factor) {
  const wide = ((box.right - box.left) * (factor - 1)) / 2;
  const high = ((box.bottom - box.top) * (factor - 1)) / 2;
  return reshaped(box, { left: box.left - wide, right: box.right + wide, top: box.top - high, bottom: box.bottom + high });
}

/** A box that a person changed is no longer the model's, nor that of the picture before. */
export function byPerson(box) {
  return { ...box, id: null, model: null, score: null, from: null };
}

/** How much of the union of two boxes is in both, 0 to 1. */
export function overlap(one, other) {
  const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  const shared = Math.max(wide, 0) * Math.max(high, 0);
  return shared / (area(one) + area(other) - shared);
}

function area(box) {
  return (box.right - box.left) * (box.bottom - box.top);
}

/**
 * Boxes of the picture before, proposed for this one: moved with its content where the shift is known, without those
 * that have left the picture or that a box of this picture covers already.
 */
export function proposed(before, shift, present) {
  const { right, down } = shift ?? { right: 0, down: 0 };
  const inside = (box) => {
    const [x, y] = [(box.left + box.right) / 2 + right, (box.top + box.bottom) / 2 + down];
    return x > 0 && x < 1 && y > 0 && y < 1;
  };
  return before
    .filter(inside)
    .map((box) => ({
      ...byPerson(reshaped(box, { left: box.left + right, right: box.right + right, top: box.top + down, bottom: box.bottom + down })),
      from: shift ? "moved" : "before",
    }))
    .filter((box) => present.every((other) => overlap(box, other) < 0.5));
}

export class Boxes {
  #past = [];
  #list;
  #lastStep = null;

  constructor(list) {
    this.#list = list;
  }

  get list() {
    return this.#list;
  }

  /** Adds a box; returns its index. */
  add(box, step = null) {
    this.#take([...this.#list, box], step);
    return this.#list.length - 1;
  }

  remove(index) {
    this.#take(this.#list.filter((_, at) => at !== index));
  }

  /** Puts a box in the place of another. Changes of the same `step` are one step to undo. */
  replace(index, box, step = null) {
    const next = this.#list.with(index, box);
    if (step !== null && step === this.#lastStep) this.#list = next;
    else this.#take(next, step);
  }

  /** Takes the last step back; false where there is none. */
  undo() {
    this.#lastStep = null;
    if (!this.#past.length) return false;
    this.#list = this.#past.pop();
    return true;
  }

  #take(list, step = null) {
    this.#past.push(this.#list);
    this.#list = list;
    this.#lastStep = step;
  }
}
