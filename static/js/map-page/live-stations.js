// Live stations on the map: runs the feeds of the live layers that are shown, draws their stations as of now or of the
// last 48 hours, announces changes of state, and renews the card and the list of what is near.

import { featureIds, liveHistory } from "../page/api.js";
import { stateSymbol } from "../map/state-symbols.js";
import { configuration, word } from "../page/page.js";
import { serverNow } from "../page/server-clock.js";
import { Announcer } from "./announcer.js";
import { LiveCard } from "./live-card.js";
import { LiveFeed } from "./live-feed.js";
import { made } from "./live-parts.js";
import { LiveTime } from "./live-time.js";
import { ageText, local, pointOf, sentence, signsOf, stationAt } from "./live-words.js";
import { pastStation } from "./live-past.js";

const TICK_MS = 1_000;
const clock = new Intl.DateTimeFormat(configuration.language, { timeStyle: "short", timeZone: configuration.live.zone });

export class LiveStations {
  #map;
  #layers;
  #list;
  #element;
  #feeds = new Map();
  #states = new Map();
  #drawn = new Map();
  #filtered = new Map();
  #past = null;
  #watchers = new Map();
  #card = new LiveCard();
  #announcer;
  #time;
  #since = new Map();

  /** `element` is the bar of live values; `list` shows the legends. */
  constructor({ map, layers, list, element }) {
    [this.#map, this.#layers, this.#list, this.#element] = [map, layers, list, element];
    this.#announcer = new Announcer(element.querySelector("[data-live-said]"));
    this.#time = new LiveTime(element, {
      opened: () => this.#openPast(),
      moved: (index) => this.#lookBack(index),
      closed: () => this.#lookBack(null),
    });
    for (const { slug } of configuration.kinds.filter(({ live }) => live)) {
      const listeners = { changed: () => this.#renew(slug), interrupted: (since) => this.#interrupted(slug, since) };
      this.#feeds.set(slug, new LiveFeed(slug, listeners));
    }
    layers.onChange(() => this.follow());
    setInterval(() => this.#tick(), TICK_MS);
    this.#say();
    this.follow();
  }

  /** Shows the live layers that are on, as they are filtered. */
  follow() {
    const shown = this.#shown();
    for (const [slug, feed] of this.#feeds) {
      feed.run(shown.includes(slug) || this.#watchers.has(slug) || this.#card.shows(slug));
      this.#filter(slug);
      this.#draw(slug);
    }
    this.#element.hidden = !shown.length;
    if (!shown.length) this.#time.close({ focus: false });
  }

  /** Calls `listener(stations, now)` with the stations of a layer as they change; null ends that. */
  watch(slug, listener) {
    if (listener) this.#watchers.set(slug, listener);
    else this.#watchers.delete(slug);
    this.follow();
    this.#tellWatcher(slug);
  }

  /** Adds what a live station shows now to its card. */
  describe(answer, body) {
    if (!this.#feeds.has(answer.layer) || this.#layers.at) return;
    this.#card.show(answer, body);
    this.follow();
    this.#renew(answer.layer);
  }

  #shown() {
    if (this.#layers.at) return [];
    return this.#layers.shown.map(({ slug }) => slug).filter((slug) => this.#feeds.has(slug));
  }

  #renew(slug) {
    this.#announce(slug);
    this.#draw(slug);
    this.#tellWatcher(slug);
    if (this.#card.shows(slug)) this.#card.draw(this.#feeds.get(slug).stations, serverNow());
  }

  #tick() {
    if (document.hidden) return;
    for (const slug of this.#feeds.keys()) this.#renew(slug);
  }

  #tellWatcher(slug) {
    const { stations } = this.#feeds.get(slug);
    if (stations) this.#watchers.get(slug)?.(this.#now(stations), serverNow());
  }

  #now(stations) {
    const now = serverNow();
    const placed = [...stations].filter(([, { lon }]) => lon !== null);
    return new Map(placed.map(([id, station]) => [id, stationAt(station, now)]));
  }

  // A station that was not known before is news to nobody.
  #announce(slug) {
    const { stations } = this.#feeds.get(slug);
    if (!stations || !this.#shown().includes(slug)) return;
    for (const [id, station] of this.#now(stations)) {
      if (this.#filtered.get(slug)?.ids?.has(id) === false) continue;
      const key = `${slug}/${id}`;
      const state = `${station.state.code} ${station.fresh.code}`;
      if (this.#states.has(key) && this.#states.get(key) !== state) this.#announcer.add(key, sentence(station));
      this.#states.set(key, state);
    }
  }

  #draw(slug) {
    const { stations } = this.#feeds.get(slug);
    const filter = this.#filtered.get(slug);
    const drawn = stations && this.#shown().includes(slug) && (!filter || filter.ids);
    const seen = drawn ? this.#seen(slug, stations).filter(([id]) => !filter || filter.ids.has(id)) : null;
    const now = serverNow();
    const age = ({ at }) => (this.#past ? "" : ageText(at, now));
    const points = seen?.map(([id, station]) => pointOf(id, station, age(station))) ?? null;
    const signature = JSON.stringify(points);
    if (this.#drawn.get(slug) === signature) return;
    this.#drawn.set(slug, signature);
    this.#map.setLive(slug, points);
    this.#list.legend(slug, seen && legend(slug, seen.map(([, station]) => station)));
  }

  #seen(slug, stations) {
    if (!this.#past) return [...this.#now(stations)];
    const history = this.#past.histories.get(slug);
    return [...this.#now(stations)].map(([id, station]) => [id, pastStation(station, history, id, this.#past.index)]);
  }

  // The tiles show the filtered features until their ids are known, and where these cannot be had.
  async #filter(slug) {
    const filter = this.#layers.filterOf(slug);
    const text = JSON.stringify(filter);
    if (!filter) this.#filtered.delete(slug);
    if (!filter || this.#filtered.get(slug)?.text === text) return;
    const wanted = { text, ids: null };
    this.#filtered.set(slug, wanted);
    try {
      wanted.ids = await featureIds(slug, filter);
    } catch {
      return;
    }
    this.#draw(slug);
  }

  async #openPast() {
    const slugs = this.#shown();
    const answers = await Promise.all(slugs.map((slug) => liveHistory(slug)));
    this.#past = { index: answers[0].times.length - 1, histories: new Map(slugs.map((slug, at) => [slug, answers[at]])) };
    return answers[0].times;
  }

  #lookBack(index) {
    this.#past = index === null ? null : { ...this.#past, index };
    this.#element.classList.toggle("is-past", Boolean(this.#past));
    this.#say();
    for (const slug of this.#feeds.keys()) this.#draw(slug);
  }

  #interrupted(slug, since) {
    if (since) this.#since.set(slug, since);
    else this.#since.delete(slug);
    this.#say();
  }

  #say() {
    const [since] = [...this.#since.values()].toSorted((one, other) => one - other);
    this.#element.classList.toggle("is-interrupted", Boolean(since));
    const now = since ? word("live_interrupted", { time: clock.format(since) }) : word("live_on");
    const line = this.#element.querySelector("[data-live-status]");
    const text = this.#past ? word("live_past") : now;
    if (line.textContent !== text) line.textContent = text;
  }
}

// Each state on the map once, by type where there are several, the worst first; then what makes values old, then the
// signs beside values.
function legend(slug, stations) {
  const rows = new Map();
  const titles = configuration.live.types[slug] ?? {};
  const several = new Set(stations.map(({ type }) => type)).size > 1;
  const titled = (station) => (several && titles[station.type] ? local(titles[station.type]) : "");
  const worst = stations.toSorted((one, other) => (
    titled(one).localeCompare(titled(other)) || (other.state.index ?? -1) - (one.state.index ?? -1)
  ));
  for (const station of worst.filter(({ fresh }) => fresh.code !== "dead")) {
    const { state } = station;
    const text = [titled(station), local(state.name)].filter(Boolean).join(": ");
    rows.set(`${text} ${state.colour}`, { symbol: stateSymbol(state), text });
  }
  for (const { fresh } of stations) {
    const sign = { shape: "circle", colour: "#8c9296", ink: "#000000" };
    if (["stuck", "stale", "dead"].includes(fresh.code)) rows.set(fresh.code, { symbol: stateSymbol(sign, fresh.code), text: local(fresh.name) });
  }
  for (const { sign, text } of stations.filter(({ value }) => value !== null).flatMap(signsOf)) {
    rows.set(sign, { symbol: made("b", "live-sign", sign), text });
  }
  return [...rows.values()];
}
