// An ordinary picture with zoom and pan. Its zoom is 0 (all of it) to 100 (eight times as large), its yaw the bearing of
// the middle of what is seen.

const LARGEST = 8;
const USUAL_HFOV = 60;
const WHEEL = 0.08;
const SHARP = 1.05;

export class FlatView {
  #frame;
  #image = new Image();
  #picture = null;
  #zoom = 0;
  #at = [0.5, 0.5];
  #pointers = new Map();
  #listener;
  #watch;
  #forget = new AbortController();

  /** `listener()` is called when the visitor moves or zooms the picture. */
  constructor(frame, listener) {
    [this.#frame, this.#listener] = [frame, listener];
    this.#image.className = "photo-flat";
    this.#image.alt = "";
    this.#image.draggable = false;
    const once = { signal: this.#forget.signal };
    frame.addEventListener("wheel", (event) => this.#wheel(event), { ...once, passive: false });
    frame.addEventListener("pointerdown", (event) => this.#down(event), once);
    frame.addEventListener("pointermove", (event) => this.#move(event), once);
    for (const end of ["pointerup", "pointercancel"]) frame.addEventListener(end, (event) => this.#up(event), once);
    frame.addEventListener("dblclick", (event) => this.#zoomAt(this.#zoom > 60 ? 0 : this.#zoom + 33, event), once);
    this.#image.addEventListener("load", () => this.#draw(), once);
    this.#watch = new ResizeObserver(() => this.#draw());
    this.#watch.observe(frame);
    frame.replaceChildren(this.#image);
  }

  /** Shows a picture; resolves when it is loaded. */
  async show(picture, view = {}) {
    this.#picture = picture;
    this.#at = [0.5, 0.5];
    this.#image.src = picture.files.screen ?? picture.files.full ?? "";
    this.look({ yaw: picture.heading_deg, zoom: 0, ...view });
    await this.#image.decode();
  }

  /** What is seen: bearing of its middle (null where unknown), zoom, and its angle in degrees. */
  get view() {
    const heading = this.#picture?.heading_deg;
    const seen = 2 * Math.atan(this.#wide / this.#scale);
    if (heading === null || heading === undefined) return { yaw: null, zoom: this.#zoom, hfov: degrees(seen) };
    const yaw = heading + degrees(Math.atan((this.#at[0] - 0.5) * 2 * this.#wide));
    return { yaw: (yaw + 360) % 360, zoom: this.#zoom, hfov: degrees(seen) };
  }

  /** Looks at a bearing, where the picture has it, with a zoom, or with the angle `hfov` of another sort of picture. */
  look({ yaw = null, zoom = this.#zoom, hfov = null }) {
    const { heading_deg: heading } = this.#picture;
    this.#zoom = hfov === null ? zoom : percent(this.#wide / Math.tan((Math.min(hfov, 170) * Math.PI) / 360));
    if (yaw !== null && heading !== null) {
      const off = Math.min(80, Math.max(-80, ((yaw - heading + 540) % 360) - 180));
      this.#at[0] = 0.5 + Math.tan((off * Math.PI) / 180) / this.#wide / 2;
    }
    this.#draw();
  }

  /** Turns by a share of what is seen. */
  turn(share) {
    this.#pan(share / this.#scale, 0);
  }

  /** Zooms by percent. */
  zoomBy(more) {
    this.#zoomAt(this.#zoom + more);
  }

  destroy() {
    this.#forget.abort();
    this.#watch.disconnect();
    this.#image.remove();
  }

  // Half the width of the whole picture at a distance of 1.
  get #wide() {
    return Math.tan((Math.min(this.#picture?.hfov_deg ?? USUAL_HFOV, 170) * Math.PI) / 360);
  }

  get #scale() {
    return LARGEST ** (this.#zoom / 100);
  }

  // Pixels of the screen that the whole picture takes without zoom.
  get #fitted() {
    const { naturalWidth: wide, naturalHeight: high } = this.#image;
    const { clientWidth, clientHeight } = this.#frame;
    const fit = Math.min(clientWidth / (wide || 4), clientHeight / (high || 3));
    return [(wide || 4) * fit, (high || 3) * fit];
  }

  #draw() {
    const sizes = this.#fitted.map((size) => size * this.#scale);
    const room = [this.#frame.clientWidth, this.#frame.clientHeight];
    const shifts = sizes.map((size, axis) => {
      const half = Math.min(0.5, room[axis] / 2 / (size || 1));
      this.#at[axis] = Math.min(1 - half, Math.max(half, this.#at[axis]));
      return room[axis] / 2 - this.#at[axis] * size;
    });
    Object.assign(this.#image.style, {
      width: `${sizes[0]}px`,
      height: `${sizes[1]}px`,
      transform: `translate(${shifts[0]}px, ${shifts[1]}px)`,
    });
    const { full } = this.#picture?.files ?? {};
    const wanted = sizes[0] * devicePixelRatio > this.#image.naturalWidth * SHARP;
    if (wanted && this.#zoom && full && !this.#image.src.endsWith(full)) this.#sharpen(full);
  }

  // The full size replaces the smaller picture once it is there.
  async #sharpen(address) {
    const [image, picture] = [new Image(), this.#picture];
    image.src = address;
    await image.decode().catch(() => {});
    if (image.naturalWidth && picture === this.#picture) this.#image.src = address;
  }

  #changed() {
    this.#draw();
    this.#listener();
  }

  #pan(x, y) {
    this.#at = [this.#at[0] + x, this.#at[1] + y];
    this.#changed();
  }

  // What is under the pointer stays there.
  #zoomAt(wanted, event = null) {
    const box = this.#frame.getBoundingClientRect();
    const from = event ? [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2] : [0, 0];
    const shares = this.#fitted.map((size, axis) => from[axis] / size);
    const before = this.#scale;
    this.#zoom = Math.min(100, Math.max(0, wanted));
    this.#at = this.#at.map((at, axis) => at + shares[axis] * (1 / before - 1 / this.#scale));
    this.#changed();
  }

  #wheel(event) {
    event.preventDefault();
    this.#zoomAt(this.#zoom - event.deltaY * WHEEL, event);
  }

  #down(event) {
    this.#frame.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, event);
  }

  #up({ pointerId }) {
    this.#pointers.delete(pointerId);
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const [wide, high] = this.#fitted.map((size) => size * this.#scale);
    const other = [...this.#pointers.values()].find(({ pointerId }) => pointerId !== event.pointerId);
    this.#pointers.set(event.pointerId, event);
    if (!other) {
      this.#pan((before.clientX - event.clientX) / wide, (before.clientY - event.clientY) / high);
      return;
    }
    const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
    const grown = (Math.log(apart(event) / apart(before)) / Math.log(LARGEST)) * 100;
    this.#zoomAt(this.#zoom + grown, { clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2 });
  }
}

// The zoom that enlarges so many times.
function percent(scale) {
  return Math.min(100, Math.max(0, (Math.log(scale) / Math.log(LARGEST)) * 100));
}

const degrees = (radians) => (radians * 180) / Math.PI;
