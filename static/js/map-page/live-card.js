// The section "Now" on the card of a live station: its state with the reason, and each of its series.

import { liveStation } from "../page/api.js";
import { word } from "../page/page.js";
import { figures, made, renew, stateLine } from "./live-parts.js";
import { local, stationAt } from "./live-words.js";

export class LiveCard {
  #shown = null;
  #asked = 0;

  /** The id of the station on the card. */
  get id() {
    return this.#shown?.id;
  }

  /** Whether a station of this layer is on the card. */
  shows(slug) {
    const section = this.#shown?.slug === slug && this.#shown.section;
    return Boolean(section) && section.isConnected && !section.parentElement.closest("[hidden]");
  }

  /** Puts the section first into a card's body. */
  show({ layer: slug, feature_id: id }, body) {
    const section = made("section", "live-now");
    section.setAttribute("aria-live", "off"); // Ages change by themselves; new states are announced apart.
    section.setAttribute("aria-labelledby", "live-now");
    section.hidden = true;
    body.prepend(section);
    this.#shown = { slug, id, section, station: null };
    this.refresh();
  }

  /** Asks for the station again. */
  async refresh() {
    const [shown, asked] = [this.#shown, ++this.#asked];
    try {
      const station = await liveStation(shown.slug, shown.id);
      if (asked !== this.#asked) return;
      shown.station = station;
    } catch (fault) {
      if (fault.status === 404) shown.station = null; // A station without series.
    }
    if (asked === this.#asked) this.draw();
  }

  /** Shows the section as of now. */
  draw(now = Date.now()) {
    const { section, station } = this.#shown;
    section.hidden = !station;
    if (station) renew(section, content(stationAt(station, now), now));
  }
}

function content(station, now) {
  const heading = made("h3", "live-heading", word("live_now"));
  heading.id = "live-now";
  const page = made("a", "", word("live_page"));
  page.href = station.page;
  return [
    heading,
    made("p", "live-main", stateLine(station)),
    made("p", "live-reason", local(station.state.reason)),
    made("ul", "live-series", ...station.series.map((one) => row(stationAt(one, now), now))),
    made("p", "live-links", page),
  ];
}

function row(one, now) {
  const name = made("a", "live-name", local(one.property));
  name.href = one.page;
  const parts = [name, made("p", "live-figures", ...figures(one, now))];
  const graded = one.graded ? [stateLine(one)] : [made("span", "live-state", local(one.fresh.name))];
  parts.push(made("p", "live-grade", ...graded));
  if (local(one.note)) parts.push(made("p", "live-note", local(one.note)));
  return made("li", "", ...parts);
}
