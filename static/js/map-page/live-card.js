// The section "Now" on the card of a live station: its state with the reason, and each of its series.

import { word } from "../page/page.js";
import { figures, made, renew, stateLine } from "./live-parts.js";
import { local, stationAt } from "./live-words.js";

export class LiveCard {
  #slug = null;
  #id = null;
  #section = null;

  /** Whether a station of this layer is on the card. */
  shows(slug) {
    return this.#slug === slug && this.#section.isConnected && !this.#section.parentElement.closest("[hidden]");
  }

  /** Puts the section first into a card's body; it is filled by `draw`. */
  show({ layer: slug, feature_id: id }, body) {
    const section = made("section", "live-now");
    section.setAttribute("aria-live", "off"); // Ages change by themselves; new states are announced apart.
    section.setAttribute("aria-labelledby", "live-now");
    section.hidden = true;
    body.prepend(section);
    [this.#slug, this.#id, this.#section] = [slug, id, section];
  }

  /** Shows the station as of now, from the live stations of its layer; one without series has no section. */
  draw(stations, now) {
    const station = stations?.get(this.#id);
    this.#section.hidden = !station;
    if (station) renew(this.#section, content(this.#slug, this.#id, stationAt(station, now), now));
  }
}

function content(slug, id, station, now) {
  const heading = made("h3", "live-heading", word("live_now"));
  heading.id = "live-now";
  const page = made("a", "", word("live_page"));
  page.href = `/catalogue/${slug}/stations/${id}/`;
  return [
    heading,
    made("p", "live-main", stateLine(station)),
    made("p", "live-reason", local(station.state.reason)),
    made("ul", "live-series", ...station.series.map((one) => row(slug, stationAt(one, now), now))),
    made("p", "live-links", page),
  ];
}

function row(slug, one, now) {
  const name = made("a", "live-name", local(one.property));
  name.href = `/catalogue/${slug}/series/${one.key}/`;
  const parts = [name, made("p", "live-figures", ...figures(one, now))];
  const graded = one.state ? [stateLine(one)] : [made("span", "live-state", local(one.fresh.name))];
  parts.push(made("p", "live-grade", ...graded));
  if (local(one.note)) parts.push(made("p", "live-note", local(one.note)));
  return made("li", "", ...parts);
}
