// The printing tool: takes title, paper and scale, shows the extent of the sheet on the map, and downloads the PDF.

import { picksInAddress } from "../page/address.js";
import { printFrame, printed } from "../page/api.js";
import { panelOf } from "../page/panels.js";
import { configuration, number, word } from "../page/page.js";
import { PrintFrame, approximate, pixelsPerMetre } from "./print-frame.js";

const IDENTITY = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SETTLED_MS = 150;
const ROOM = 0.94;
const NARROW = matchMedia("(max-width: 859px)");

export class PrintDialog {
  #map;
  #layers;
  #drawn;
  #panel = panelOf("print");
  #frame;
  #picks = [];
  #on = false;
  #fresh = false;
  #refused = false;
  #observer = new ResizeObserver(() => this.#makeRoom());
  #asked = 0;
  #timer = 0;

  /** `drawn()` returns the drawn shapes as GeoJSON features. */
  constructor({ map, layers, toolbar, drawn }) {
    [this.#map, this.#layers, this.#drawn] = [map.maplibre, layers, drawn];
    this.#frame = new PrintFrame(this.#map);
    for (const scale of configuration.print.scales) this.#form.scale.add(new Option(`1:${number(scale)}`, scale));
    this.#panel.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#print();
    });
    this.#form.scale.addEventListener("change", () => this.#changed());
    for (const name of ["paper", "orientation"]) {
      for (const choice of this.#form[name]) choice.addEventListener("change", () => this.#changed());
    }
    this.#map.on("move", () => this.#on && this.#frame.follow());
    this.#map.on("moveend", () => this.#on && this.#settle());
    this.#map.on("resize", () => this.#on && this.#frame.follow());
    toolbar.add({
      id: "print",
      icon: "print",
      title: word("print"),
      panel: this.#panel,
      toggled: (on) => (on ? this.#open() : this.#close()),
    });
  }

  get #form() {
    return this.#panel.elements;
  }

  #part(name) {
    return this.#panel.querySelector(`[data-print-${name}]`);
  }

  // Picked features are remembered: the card that shows them closes when a tool opens.
  #open() {
    this.#on = true;
    this.#picks = picksInAddress().filter(({ key }) => IDENTITY.test(key));
    this.#part("drawn").hidden = !this.#drawn().length;
    this.#part("picked").hidden = !this.#picks.length;
    this.#part("other-base").hidden = ["own", "none"].includes(this.#layers.base);
    this.#say("");
    this.#fresh = true;
    this.#observer.observe(this.#panel.closest("[data-tool-panel]"));
    if (!NARROW.matches) this.#form.title.focus({ preventScroll: true });
  }

  // The sheet lies in the middle of what the panel leaves free, whenever the panel takes another size.
  #makeRoom() {
    if (!this.#on) return;
    this.#map.setPadding(this.#covered());
    if (this.#fresh) this.#form.scale.value = this.#fitting();
    this.#fresh = false;
    this.#changed();
  }

  #close() {
    this.#on = false;
    this.#observer.disconnect();
    this.#asked += 1;
    clearTimeout(this.#timer);
    this.#frame.hide();
    this.#map.setPadding({ top: 0, right: 0, bottom: 0, left: 0 });
  }

  // What the panel hides of the map; the sheet's middle is that of the rest.
  #covered() {
    const map = this.#map.getContainer().getBoundingClientRect();
    const panel = this.#panel.closest("[data-tool-panel]").getBoundingClientRect();
    if (!NARROW.matches) return { top: 0, right: map.right - panel.left, bottom: 0, left: 0 };
    const search = document.querySelector("[data-search]").getBoundingClientRect();
    return { top: search.bottom - map.top, right: 0, bottom: map.bottom - panel.top, left: 0 };
  }

  get #sheet() {
    return { paper: this.#form.paper.value, orientation: this.#form.orientation.value, scale: Number(this.#form.scale.value) };
  }

  // Width and height of the ground on the sheet, in metres of the city's system.
  #ground({ paper, orientation, scale }) {
    return configuration.print.frames[`${paper}-${orientation}`].map((mm) => (mm * scale) / 1000);
  }

  // How many times the sheet is larger than the part of the map that is seen.
  #excess(sheet) {
    const { top, right, bottom, left } = this.#map.getPadding();
    const { clientWidth, clientHeight } = this.#map.getContainer();
    const seen = [clientWidth - left - right, clientHeight - top - bottom];
    const [wide, high] = this.#ground(sheet).map((metres) => metres * pixelsPerMetre(this.#map));
    return Math.max(wide / seen[0], high / seen[1]) / ROOM;
  }

  // The smallest scale whose sheet is seen whole: it shows about what the screen shows.
  #fitting() {
    const { scales } = configuration.print;
    return scales.findLast((scale) => this.#excess({ ...this.#sheet, scale }) <= 1) ?? scales[0];
  }

  #changed() {
    const excess = this.#excess(this.#sheet);
    if (excess > 1) this.#map.zoomTo(this.#map.getZoom() - Math.log2(excess) - 0.02, { duration: 0 });
    const [wide, high] = this.#ground(this.#sheet);
    this.#part("ground").textContent = word("print_ground", { wide: distance(wide), high: distance(high) });
    this.#frame.show(approximate(this.#map.getCenter(), wide, high));
    this.#settle();
  }

  // The exact corners, once the map stands still.
  #settle() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      const asked = ++this.#asked;
      try {
        const { corners } = await printFrame({ ...this.#sheet, center: this.#center });
        if (asked !== this.#asked) return;
        this.#frame.show(corners);
        this.#refuse("");
      } catch (fault) {
        if (asked === this.#asked && fault.detail) this.#refuse(fault.detail);
      }
    }, SETTLED_MS);
  }

  get #center() {
    return this.#map.getCenter().toArray();
  }

  async #print() {
    if (this.#panel.ariaBusy === "true") return;
    this.#busy(true);
    this.#say(word("print_working"));
    try {
      const { blob, name } = await printed(this.#order);
      save(blob, name);
      this.#say(word("print_done", { name, size: number(blob.size / 1_000_000) }));
    } catch (fault) {
      this.#say(fault.detail ?? word("print_failed"), { bad: true });
    }
    this.#busy(false);
  }

  get #order() {
    const shapes = this.#form.drawn.checked ? this.#drawn() : [];
    return {
      ...this.#sheet,
      title: this.#form.title.value,
      center: this.#center,
      language: configuration.language,
      base: this.#layers.base === "own",
      at: this.#layers.at,
      layers: this.#layers.shown.map((one) => ({ ...one, filter: this.#layers.filterOf(one.slug) })),
      ...(shapes.length && { shapes: { type: "FeatureCollection", features: shapes } }),
      pick: this.#form.picked.checked ? this.#picks.map(({ layer, key }) => `${layer}/${key}`) : [],
    };
  }

  #busy(busy) {
    this.#panel.ariaBusy = String(busy);
    this.#part("progress").hidden = !busy;
    this.#part("go").setAttribute("aria-disabled", String(busy));
  }

  // Shows why no sheet can be printed here; "" removes that message and no other.
  #refuse(text) {
    if (text || this.#refused) this.#say(text, { bad: Boolean(text) });
    this.#refused = Boolean(text);
  }

  #say(text, { bad = false } = {}) {
    const said = this.#part("said");
    said.textContent = text;
    said.classList.toggle("print-bad", bad);
    if (text) said.scrollIntoView({ block: "nearest" });
  }
}

function distance(metres) {
  if (metres >= 1000) return `${number(Math.round(metres / 10) / 100)}\u00a0${word("kilometres")}`;
  return `${number(Math.round(metres))}\u00a0${word("metres")}`;
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
