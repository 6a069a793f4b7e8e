// The keyboard of the review: which key does what, alone while the tool has the focus.

import { moved, placed, reshaped, scaled } from "./boxes.js";

const STEP = 0.01;
const STEP_WHEN_HELD = 0.02;
const GROWTH = 1.25;
const MOST_DIGITS = 4;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const WHAT = { f: "face", p: "plate", o: "other" };
const DEEDS = { n: "add", r: "release", w: "withhold", s: "later", u: "back", v: "preview", z: "zoom", d: "draw" };

/** What a key does to the page: "add", "release" …; null where it is for a box, or means nothing. */
export function deedOf(event, inStage) {
  if (event.altKey || event.metaKey) return null;
  if (event.ctrlKey) return event.key.toLowerCase() === "z" ? "undo" : null;
  if (event.key === "Enter") return inStage ? "release" : null;
  return DEEDS[event.key.toLowerCase()] ?? null;
}

/** Places boxes by digits: each chooses a ninth of the picture, the next one a ninth of that. */
export class Digits {
  #cell = null;
  #index = null;
  #depth = 0;

  /** The cell into whose ninths the next digit places that box. */
  begin(index) {
    [this.#index, this.#depth, this.#cell] = [index, 0, { x: 0, y: 0, size: 1 }];
    return this.#cell;
  }

  end() {
    this.#cell = null;
  }

  /** The box after a digit from 1 (top left) to 9, and the cell for the next digit, null after the last. */
  place(index, box, digit) {
    if (!this.#cell || this.#index !== index) this.begin(index);
    const size = this.#cell.size / 3;
    const x = this.#cell.x + ((digit - 1) % 3) * size;
    const y = this.#cell.y + Math.floor((digit - 1) / 3) * size;
    this.#depth += 1;
    this.#cell = this.#depth < MOST_DIGITS ? { x, y, size } : null;
    return { box: placed(box, x + size / 2, y + size / 2), cell: this.#cell };
  }
}

/** The digit of a key, 1 being top left on the number pad too; null where it is none. */
export function digitOf({ key, code, ctrlKey, altKey, metaKey }) {
  if (!/^[1-9]$/.test(key) || ctrlKey || altKey || metaKey) return null;
  const digit = Number(key);
  if (!code.startsWith("Numpad")) return digit;
  return digit > 6 ? digit - 6 : digit < 4 ? digit + 6 : digit;
}

/** The box as a key changes it; null where it does not. */
export function changed(box, event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  const what = WHAT[event.key.toLowerCase()];
  if (what) return { ...box, ...(box.what === what ? {} : { what, id: null, model: null, score: null }) };
  if (event.key === "+" || event.key === "=") return scaled(box, GROWTH);
  if (event.key === "-" || event.key === "−") return scaled(box, 1 / GROWTH);
  const arrow = ARROWS[event.key];
  if (!arrow) return null;
  const [right, down] = arrow.map((one) => one * (event.repeat ? STEP_WHEN_HELD : STEP));
  if (!event.shiftKey) return moved(box, right, down);
  const least = STEP / 2;
  return reshaped(box, {
    right: Math.max(box.right + right, box.left + least),
    bottom: Math.max(box.bottom + down, box.top + least),
  });
}
