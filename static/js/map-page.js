// The map page: makes its parts and connects them.

import { keepLayers, layersInAddress, onAddressChange } from "./address.js";
import { layer } from "./api.js";
import { Card } from "./card.js";
import { CityMap } from "./city-map.js";
import { Drawer } from "./drawer.js";
import { LayerPanel } from "./layer-panel.js";
import { Notice } from "./notice.js";
import { configuration, word } from "./page.js";
import { Toolbar } from "./toolbar.js";

const part = (name) => document.querySelector(`[data-${name}]`);
const notice = new Notice(part("notice"));
const panel = new LayerPanel(part("layer-panel"), layerChanged);
new Drawer(part("layer-panel"), part("drawer-open"), part("drawer-shade"));

const map = openMap();
const toolbar = new Toolbar(part("map-tools"), part("tool-panel"));
const card = new Card(part("card"), {
  picked: (hit) => map?.pick(hit),
  closed() {
    map?.pick();
    map?.canvas.focus({ preventScroll: true });
  },
});

followAddress();
onAddressChange(followAddress);
if (map) connect();
await map?.ready;
await Promise.all(startOrder().map(load));
if (panel.empty) notice.say(word("all_empty"));

function openMap() {
  try {
    return new CityMap(part("map"), configuration.kinds);
  } catch {
    part("map").dataset.state = "failed";
    notice.say(word("no_graphics"));
    return null;
  }
}

function connect() {
  map.onPick((hits, { place, byKey }) => {
    if (toolbar.takesClicks) return;
    card.open(hits);
    if (hits.length) map.uncover(place, part("card"));
    if (byKey && !hits.length) notice.say(word("nothing_here"));
    else notice.clear();
  });
  map.onMoved(() => panel.zoomed(map.zoom));
  map.onFault(() => notice.say(word("tiles_failed"), () => map.reload()));
  map.onState((state) => {
    part("map").dataset.state = state;
    part("progress").hidden = state === "ready";
  });
}

// Layers that are shown come first; the others only tell what they hold.
function startOrder() {
  const shown = panel.shown;
  const others = configuration.kinds.map(({ slug }) => slug).filter((slug) => !shown.includes(slug));
  return [...shown, ...others];
}

async function load(slug) {
  try {
    const tileJson = await layer(slug);
    panel.describe(slug, tileJson);
    if (tileJson) map?.add(slug, tileJson);
    showState();
  } catch {
    panel.fail(slug, () => load(slug));
  }
}

function layerChanged(slug, shown) {
  map?.show(slug, shown);
  keepLayers(panel.shown);
  showState();
}

function followAddress() {
  const asked = layersInAddress();
  if (asked) panel.show(asked);
  for (const { slug } of configuration.kinds) map?.show(slug, panel.shown.includes(slug));
  showState();
}

function showState() {
  part("banner").hidden = !panel.synthetic;
  if (map) panel.zoomed(map.zoom);
}
