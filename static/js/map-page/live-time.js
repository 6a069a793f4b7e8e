// The last 48 hours on the map: a slider over their moments, played, stepped or moved by hand; and back to now.

import { icon } from "../page/icons.js";
import { momentText } from "../page/moments.js";
import { configuration, word } from "../page/page.js";

const STEP_MS = 500;
const still = matchMedia("(prefers-reduced-motion: reduce)");
const momentWords = momentText(configuration.language === "en" ? "en-GB" : configuration.language, configuration.live.zone, {
  weekday: "short",
  day: "numeric",
  month: "long",
  hour: "2-digit",
  minute: "2-digit",
});

export class LiveTime {
  #element;
  #times = [];
  #timer = 0;
  #listeners;

  /** `opened()` is asked for the moments (ISO texts) as a promise, `moved(index)` is called with one, `closed()`. */
  constructor(element, listeners) {
    [this.#element, this.#listeners] = [element, listeners];
    const pressed = (name, act) => this.#part(name).addEventListener("click", act);
    pressed("open", () => (this.#part("time").hidden ? this.#open() : this.close()));
    pressed("back", () => this.#step(-1));
    pressed("forward", () => this.#step(1));
    pressed("play", () => (this.#timer ? this.#pause() : this.#play()));
    pressed("now", () => this.close());
    this.#part("range").addEventListener("input", () => this.#show());
    this.#part("range").addEventListener("pointerdown", () => this.#pause());
    this.#part("speed").addEventListener("change", () => this.#timer && this.#play());
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.#part("time").hidden) return;
      event.preventDefault();
      this.close();
    });
    if (still.matches) this.#part("speed").value = "0.5";
  }

  /** Ends the look back; the map shows now. */
  close({ focus = true } = {}) {
    if (this.#part("time").hidden) return;
    this.#pause();
    this.#part("time").hidden = true;
    this.#part("open").setAttribute("aria-expanded", "false");
    this.#times = [];
    this.#listeners.closed();
    if (focus) this.#part("open").focus();
  }

  #part(name) {
    return this.#element.querySelector(`[data-live-${name}]`);
  }

  async #open() {
    const opener = this.#part("open");
    opener.setAttribute("aria-busy", "true");
    this.#part("fault").textContent = "";
    try {
      this.#times = await this.#listeners.opened();
    } catch {
      this.#part("fault").textContent = word("live_past_failed");
      return;
    } finally {
      opener.removeAttribute("aria-busy");
    }
    this.#part("time").hidden = false;
    opener.setAttribute("aria-expanded", "true");
    const range = this.#part("range");
    range.max = this.#times.length - 1;
    range.value = range.max;
    this.#show();
    range.focus();
  }

  #show() {
    const range = this.#part("range");
    const at = Number(range.value);
    const text = momentWords(Date.parse(this.#times[at]));
    this.#part("moment").textContent = text;
    range.setAttribute("aria-valuetext", text);
    this.#listeners.moved(at);
  }

  #step(by) {
    this.#pause();
    this.#go(by);
  }

  #go(by) {
    const range = this.#part("range");
    range.value = Number(range.value) + by;
    this.#show();
  }

  // From the end it begins anew.
  #play() {
    const range = this.#part("range");
    clearInterval(this.#timer);
    if (range.value === range.max) {
      range.value = 0;
      this.#show();
    }
    this.#timer = setInterval(() => {
      this.#go(1);
      if (range.value === range.max) this.#pause();
    }, STEP_MS / Number(this.#part("speed").value));
    this.#button("pause", word("live_pause"));
  }

  #pause() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#button("play", word("live_play"));
  }

  #button(name, title) {
    const button = this.#part("play");
    button.replaceChildren(icon(name));
    button.title = title;
    button.setAttribute("aria-label", title);
  }
}
