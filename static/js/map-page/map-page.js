// The map page: makes its parts and connects them.

import { keepInAddress, keepView, onAddressChange, picksInAddress, viewInAddress } from "../page/address.js";
import { AirNear } from "./air-near.js";
import { Card } from "./card.js";
import { CityMap } from "../map/city-map.js";
import { Drawer } from "../page/drawer.js";
import { LayerPanel } from "./layer-panel.js";
import { LinkButton } from "../page/link-button.js";
import { LiveStations } from "./live-stations.js";
import { MapLayers } from "./layers.js";
import { MapSettings } from "./settings.js";
import { MapTools } from "./tools.js";
import { keepBelowBanners } from "./banner-height.js";
import { Notice } from "../page/notice.js";
import { configuration, word } from "../page/page.js";
import { Photos } from "./photos.js";
import { PrintDialog } from "./print-dialog.js";
import { ShownList } from "./shown-list.js";
import { Tip } from "../page/tip.js";
import { Toolbar } from "./toolbar.js";

let saidEmpty = false;
let idle = false;
let live = null;
let air = null;
let linked = false;
let uncovered = null;
const part = (name) => document.querySelector(`[data-${name}]`);
const notice = new Notice(part("notice"));
const panel = new LayerPanel(part("layer-panel"), (slug, on) => layers.show(slug, on));
const list = new ShownList(part("shown-list"), {
  moved(slug, to) {
    layers.move(slug, to);
    const title = configuration.kinds.find((kind) => kind.slug === slug).title;
    part("order-said").textContent = word("order_said", { layer: title, n: to + 1, all: layers.shown.length });
  },
  faded: (slug, opacity, done) => layers.fade(slug, opacity, done),
  hidden: (slug) => layers.show(slug, false),
  filtered: (slug, filter) => layers.setFilter(slug, filter),
});
new Drawer(part("layer-panel"), part("drawer-open"), part("drawer-shade"));
keepBelowBanners(part("map-frame"), [part("banner"), part("past")]);

const growing = new ResizeObserver(() => map?.uncover(uncovered, part("card")));
for (const name of ["pointerdown", "wheel", "keydown"]) addEventListener(name, () => growing.disconnect(), { passive: true });

const map = openMap();
const layers = new MapLayers({ map, panel, list, refused: () => notice.say(word("filter_refused")) });
const settings = new MapSettings(part("layer-panel"), part("map-frame"), layers);
new LinkButton(part("copy-link"), () => layers.keepAll(), notice);
const tip = new Tip(part("tip"));
const toolbar = new Toolbar(part("map-tools"), part("tool-panel"));
const card = new Card(part("card"), {
  picked: (hit) => map?.pick([hit]),
  known: ({ layer, id }) => keepInAddress({ pick: `${layer}/${id}` }),
  filled(answer, body) {
    live?.describe(answer, body);
    if (linked) uncoverWhileItGrows(answer);
  },
  pictured: (answer) => photos?.keyOf(answer) ?? null,
  opened: (key) => photos.open(key, { focus: true }),
  closed({ focus }) {
    growing.disconnect();
    map?.pick();
    live?.follow();
    keepInAddress({ pick: null });
    if (focus) map?.canvas.focus({ preventScroll: true });
  },
  zoom: (answer) => tools?.zoom(answer),
  around: (answer) => tools?.around(answer),
  copied: () => part("copy-link").click(),
});
const tools = map && new MapTools({ map, card, toolbar, notice, kept: keepPicks, placed });
const photos = map && new Photos(part("photo-viewer"), { map, layers, notice });
if (map) new PrintDialog({ map, layers, toolbar, drawn: () => tools.drawn });

layers.onChange(showState);
onAddressChange(followAddress);
if (map) connect();
showState();
await map?.ready;
if (map) beLive();
openPicks();
await layers.load();

function openMap() {
  try {
    return new CityMap(part("map"), configuration.kinds, viewInAddress() ?? {});
  } catch {
    part("map").dataset.state = "failed";
    notice.say(word("no_graphics"));
    return null;
  }
}

function connect() {
  map.onPick((hits, { place, byKey, extend }) => {
    if (toolbar.takesClicks) {
      tools.clicked(hits);
      return;
    }
    if (extend && hits.length) {
      tools.toggle([...(card.hit ? [card.hit] : []), hits[0]]);
      return;
    }
    if (photos.has(hits[0]) || photos.isOpen) {
      card.close({ focus: false });
      if (photos.has(hits[0])) photos.open(hits[0].picture, { focus: byKey });
      else photos.towards(place);
      return;
    }
    card.open(hits);
    if (hits.length) map.uncover(place, part("card"));
    if (byKey && !hits.length) notice.say(word("nothing_here"));
    else notice.clear();
  });
  map.onMoved(() => {
    keepView(map.view);
    list.zoomed(map.zoom);
  });
  map.onHover((hit, point) => tip.show(toolbar.takesClicks && toolbar.active !== "select" ? null : hit, point));
  map.onFault(() => notice.say(word("tiles_failed"), () => map.reload()));
  map.onState((state) => {
    idle = state === "ready";
    showProgress();
    if (idle) for (const { slug } of layers.shown) list.simplified(slug, map.simplified(slug));
  });
}

function beLive() {
  live = new LiveStations({ map, layers, list, element: part("live") });
  if (!configuration.kinds.some((kind) => kind.slug === "stations" && kind.live)) return;
  air = new AirNear(map, toolbar, live, ({ key, place }) => {
    toolbar.off();
    map.jump({ center: place, zoom: Math.max(map.zoom, 15) });
    card.open([{ layer: "stations", key }]);
    map.uncover(place, part("card"));
  });
  part("search-air").addEventListener("click", () => air.open());
}

// The address search leads to the air near the place that it found.
function placed(place) {
  part("search-air").hidden = !air || !place;
  air?.from(place);
}

// A link may carry picked features; their card opens on the first.
function openPicks() {
  const picks = picksInAddress().filter((hit) => configuration.kinds.some(({ slug }) => slug === hit.layer));
  if (picks.length > 1) tools?.select(picks);
  else if (picks.length) openLinked(picks);
  else card.close({ focus: false });
}

function openLinked(picks) {
  linked = true;
  card.open(picks);
}

// The card of a link opens over the middle of the map, and grows as live values come; the visitor's own moves stay.
function uncoverWhileItGrows({ center }) {
  linked = false;
  uncovered = center;
  growing.observe(part("card"));
}

function keepPicks(hits) {
  keepInAddress({ pick: hits.length ? hits.map(({ layer, id }) => `${layer}/${id}`).join(",") : null });
}

function followAddress() {
  const view = viewInAddress();
  if (view) map?.jump(view);
  layers.follow();
  openPicks();
}

// The map is also idle before the layers' TileJSON has arrived; it is ready when both are done.
function showProgress() {
  const ready = idle && !layers.busy;
  part("map").dataset.state = ready ? "ready" : "loading";
  part("progress").hidden = ready;
}

function showState() {
  const drawn = layers.base === "own" ? configuration.kinds.filter(({ basemap }) => basemap.length) : [];
  const slugs = [...layers.shown, ...drawn].map(({ slug }) => slug);
  part("banner").hidden = !panel.synthetic(slugs);
  settings.show();
  sayEmpty(!layers.busy && panel.empty);
  if (map) {
    list.zoomed(map.zoom);
    showProgress();
  }
}

function sayEmpty(empty) {
  if (empty && !saidEmpty) notice.say(layers.at ? word("past_empty") : word("all_empty"));
  if (!empty && saidEmpty && !layers.busy) notice.clear();
  if (!layers.busy) saidEmpty = empty;
}
