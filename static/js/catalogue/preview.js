// A small map of one layer over the city's own map, drawn when it comes into view. The page is complete without it.

import { layer } from "../page/api.js";
import { configuration } from "../page/page.js";

const FROM_AFAR = 11.2;
const CLOSER = 0.6;
const frame = document.querySelector("[data-preview]");

new IntersectionObserver(([{ isIntersecting }], observer) => {
  if (!isIntersecting) return;
  observer.disconnect();
  draw(frame.dataset.preview).catch(() => frame.dataset.state = "failed");
}, { rootMargin: "200px" }).observe(frame);

async function draw(slug) {
  const [{ CityMap }, tileJson] = await Promise.all([import("../map/city-map.js"), layer(slug)]);
  const words = frame.firstElementChild;
  const canvas = frame.appendChild(document.createElement("div"));
  canvas.className = "preview-canvas";
  const map = new CityMap(canvas, configuration.kinds, { zoom: Math.max(FROM_AFAR, tileJson.minzoom + CLOSER) });
  map.maplibre.scrollZoom.disable(); // the page scrolls over the map
  map.onState((state) => frame.dataset.state = state);
  await map.ready;
  words.remove();
  map.add(slug, tileJson);
  map.arrange([{ slug, opacity: 1 }]);
  const others = configuration.kinds.filter((kind) => kind.slug !== slug);
  await Promise.all(others.map(async (kind) => {
    const base = await layer(kind.slug);
    if (base) map.add(kind.slug, base);
  }));
}
