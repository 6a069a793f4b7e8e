// One picture on the screen: an ordinary or a 360° view in a frame, whichever it needs.

import { FlatView } from "./flat-view.js";

export class Stage {
  #frame;
  #listener;
  #view = null;
  #sphere = null;
  #asked = 0;
  picture = null;

  /** `listener()` is called when the visitor moves the picture. */
  constructor(frame, listener) {
    [this.#frame, this.#listener] = [frame, listener];
  }

  /** Shows a picture in a view `{ yaw, zoom }`; false where another was asked for meanwhile. Fails where it has no file. */
  async show(picture, view = {}) {
    const asked = ++this.#asked;
    const sphere = picture.spherical;
    if (!picture.files.screen && !picture.files.full) throw new Error("no file");
    const Kind = sphere ? (await import("./sphere-view.js")).SphereView : FlatView;
    if (asked !== this.#asked) return false;
    if (!this.#view || this.#sphere !== sphere) {
      this.#view?.destroy();
      this.#view = new Kind(this.#frame, () => this.#listener());
      this.#sphere = sphere;
    }
    this.picture = picture;
    this.#frame.setAttribute("aria-label", picture.words.text);
    await this.#view.show(picture, view);
    return asked === this.#asked;
  }

  /** What is seen, or null while nothing is. */
  get view() {
    return this.picture && this.#view ? this.#view.view : null;
  }

  look(view) {
    if (this.picture) this.#view?.look(view);
  }

  turn(share) {
    this.#view?.turn(share);
  }

  zoomBy(percent) {
    this.#view?.zoomBy(percent);
  }

  clear() {
    this.#asked += 1;
    this.#view?.destroy();
    [this.#view, this.picture] = [null, null];
    this.#frame.replaceChildren();
  }
}
