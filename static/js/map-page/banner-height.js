// The height of the banners in the map's frame: elements over the map start below them, however they wrap.

/** Keeps `--map-top` of the frame at the height of its banners. */
export function keepBelowBanners(frame, banners) {
  const measure = () => {
    let top = 0;
    for (const banner of banners) {
      banner.style.top = `${top}px`;
      top += banner.offsetHeight;
    }
    frame.style.setProperty("--map-top", `${top}px`);
  };
  const observer = new ResizeObserver(measure);
  for (const banner of banners) observer.observe(banner);
}
