// The ground that a printed sheet covers, drawn over the map; what lies beyond it is shaded.

const EARTH_M = 40_075_016.686;
const TILE_PX = 512;
const METRES_PER_DEGREE = 111_320;

const radians = (degrees) => (degrees * Math.PI) / 180;

/** Pixels of the screen for a metre of ground in the middle of a MapLibre map. */
export function pixelsPerMetre(map) {
  return (TILE_PX * 2 ** map.getZoom()) / (EARTH_M * Math.cos(radians(map.getCenter().lat)));
}

/** Approximate corners of so many metres around a centre, until the server returns the exact ones. */
export function approximate({ lng, lat }, wide, high) {
  const east = wide / 2 / (METRES_PER_DEGREE * Math.cos(radians(lat)));
  const north = high / 2 / METRES_PER_DEGREE;
  return [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([x, y]) => [lng + x * east, lat + y * north]);
}

export class PrintFrame {
  #map;
  #svg;
  #shade;
  #edge;
  #corners = [];
  #around = null;

  constructor(map) {
    this.#map = map;
    this.#svg = document.querySelector("template[data-print-frame]").content.firstElementChild.cloneNode(true);
    [this.#shade, this.#edge] = this.#svg.children;
  }

  /** Shows the frame with these corners (longitude, latitude) around the map's present centre. */
  show(corners) {
    this.#corners = corners;
    this.#around = this.#map.getCenter();
    if (!this.#svg.isConnected) this.#map.getContainer().append(this.#svg);
    this.follow();
  }

  hide() {
    this.#svg.remove();
    this.#around = null;
  }

  /** Keeps the frame in the middle of a map that moves. */
  follow() {
    if (!this.#around) return;
    const { lng, lat } = this.#map.getCenter();
    const [east, north] = [lng - this.#around.lng, lat - this.#around.lat];
    const points = this.#corners.map(([x, y]) => this.#map.project([x + east, y + north]));
    const ring = `M${points.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}Z`;
    const { clientWidth, clientHeight } = this.#map.getContainer();
    this.#shade.setAttribute("d", `M0 0H${clientWidth}V${clientHeight}H0Z${ring}`);
    this.#edge.setAttribute("d", ring);
  }
}
