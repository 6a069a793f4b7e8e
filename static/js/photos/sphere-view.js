// A 360° picture, drawn by Photo Sphere Viewer; loaded only when such a picture is opened. Its yaw is a bearing.

import { EquirectangularTilesAdapter } from "../../vendor/photo-sphere-tiles/index.module.js";
import { EquirectangularAdapter, Viewer } from "../../vendor/photo-sphere-viewer/index.module.js";

const TURN = 0.35;
const SHEET = new URL("../../vendor/photo-sphere-viewer/index.css", import.meta.url).href;
let styled = null;

export class SphereView {
  #viewer = null;
  #frame;
  #listener;
  #picture = null;
  #moving = false;

  /** `listener()` is called when the visitor turns or zooms the picture. */
  constructor(frame, listener) {
    [this.#frame, this.#listener] = [frame, listener];
    frame.replaceChildren();
  }

  /** Shows a picture; resolves when it is loaded. */
  async show(picture, view = {}) {
    await (styled ??= style());
    const before = this.#viewer ? this.view : {};
    this.#picture = picture;
    const { yaw, zoom } = { yaw: before.yaw ?? picture.heading_deg ?? 0, zoom: before.zoom ?? 0, ...known(view) };
    this.#open(this.#angle(yaw), zoom);
    await new Promise((done, failed) => {
      this.#viewer.addEventListener("panorama-loaded", done, { once: true });
      this.#viewer.addEventListener("panorama-error", ({ error }) => failed(error), { once: true });
    });
  }

  get view() {
    const { yaw } = this.#viewer.getPosition();
    const bearing = (this.#north + (yaw * 180) / Math.PI + 720) % 360;
    return { yaw: bearing, zoom: this.#viewer.getZoomLevel(), hfov: this.#viewer.state.hFov };
  }

  /** Looks at a bearing, with a zoom, or with the angle `hfov` of another sort of picture. */
  look({ yaw = null, zoom = null, hfov = null }) {
    this.#moving = true;
    const { dataHelper } = this.#viewer;
    if (hfov !== null) this.#viewer.zoom(dataHelper.fovToZoomLevel(dataHelper.hFovToVFov(hfov)));
    else if (zoom !== null) this.#viewer.zoom(zoom);
    if (yaw !== null) this.#viewer.rotate({ yaw: this.#angle(yaw), pitch: this.#viewer.getPosition().pitch });
    this.#moving = false;
  }

  turn(share) {
    const { yaw, pitch } = this.#viewer.getPosition();
    this.#viewer.rotate({ yaw: yaw + share * TURN * 2, pitch });
  }

  zoomBy(percent) {
    this.#viewer.zoom(this.#viewer.getZoomLevel() + percent);
  }

  destroy() {
    this.#viewer?.destroy();
    this.#viewer = null;
  }

  get #north() {
    return this.#picture.heading_deg ?? 0;
  }

  #angle(bearing) {
    return ((bearing - this.#north) * Math.PI) / 180;
  }

  #open(yaw, zoom) {
    this.destroy();
    const tiled = tiles(this.#picture);
    const { files } = this.#picture;
    this.#viewer = new Viewer({
      container: this.#frame,
      adapter: tiled ? EquirectangularTilesAdapter : EquirectangularAdapter,
      panorama: tiled ?? files.screen ?? files.full,
      ...(!tiled && { panoData: pano(this.#picture) }),
      navbar: false,
      keyboard: false,
      loadingTxt: "",
      defaultYaw: yaw,
      defaultZoomLvl: zoom,
      mousewheelCtrlKey: false,
      defaultTransition: null,
    });
    for (const name of ["position-updated", "zoom-updated"]) {
      this.#viewer.addEventListener(name, () => {
        if (!this.#moving && this.#viewer) this.#listener();
      });
    }
  }
}

// The library measures itself by its style sheet, so that comes first.
function style() {
  const link = document.createElement("link");
  [link.rel, link.href] = ["stylesheet", SHEET];
  return new Promise((done, failed) => {
    link.addEventListener("load", done);
    link.addEventListener("error", () => failed(new Error(SHEET)));
    document.head.append(link);
  });
}

function known(view) {
  return Object.fromEntries(Object.entries(view).filter(([, value]) => value !== null && value !== undefined));
}

// The levels of a whole sphere as the adapter wants them; null where the picture has none.
function tiles({ tiles: found, files, pano: cut }) {
  const levels = found?.levels ?? [];
  const whole = !cut || cut.full_width <= cut.left + levels.at(-1)?.width + 1;
  const even = levels.every(({ columns, rows }) => Number.isInteger(Math.log2(columns)) && rows * 2 === columns);
  if (!levels.length || !whole || !even) return null;
  const part = 100 / levels.length;
  return {
    baseUrl: files.screen,
    levels: levels.map(({ width, columns, rows }, at) => ({
      width,
      cols: columns,
      rows,
      ...(levels.length > 1 && { zoomRange: [at * part, (at + 1) * part] }),
    })),
    tileUrl: (column, row, level) => `${found.address}${levels[level ?? 0].level}/${column}_${row}.jpg`,
  };
}

// Where a cut-out is on the sphere, in pixels of the file that is shown.
function pano({ pano: cut, width }) {
  if (!cut) return undefined;
  return (image) => {
    const scale = image.width / width;
    return {
      fullWidth: Math.round(cut.full_width * scale),
      fullHeight: Math.round(cut.full_height * scale),
      croppedWidth: image.width,
      croppedHeight: image.height,
      croppedX: Math.round(cut.left * scale),
      croppedY: Math.round(cut.top * scale),
    };
  };
}
