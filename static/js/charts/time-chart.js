// A chart of lines over time, drawn by uPlot in the page's theme.

import uPlot from "../../vendor/uplot/uPlot.esm.js";
import { token } from "../page/paint.js";
import { number } from "../page/page.js";
import { drawDoubts, drawThresholds, hatch } from "./drawing.js";
import { aligned, exclusionsOf, extent, ranged, thresholdsOf, units } from "./lines.js";
import { axisTime } from "./times.js";

const HEIGHT = 0.42;
const [LOWEST_PX, HIGHEST_PX] = [260, 420];
const NARROW_PX = 560;
const DAY_S = 86400;

export class TimeChart {
  #canvas;
  #data = null;
  #lines = [];
  #plot = null;
  #listeners;

  /**
   * `listeners.zoomed(from, to)` is called for a dragged period, in seconds; `read(moment)` for the moment under the
   * pointer, null without one; `drawn()` after each drawing.
   */
  constructor(canvas, listeners) {
    this.#canvas = canvas;
    this.#listeners = listeners;
    new ResizeObserver(() => this.#fit()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
  }

  /** Draws the answer of the server with its decoded lines. */
  show(data, lines) {
    this.#data = data;
    this.#lines = lines;
    this.#draw();
  }

  get #narrow() {
    return this.#canvas.clientWidth < NARROW_PX;
  }

  #size() {
    const width = Math.max(200, this.#canvas.clientWidth);
    return { width, height: Math.min(HIGHEST_PX, Math.max(LOWEST_PX, Math.round(width * HEIGHT))) };
  }

  #fit() {
    if (this.#plot && this.#plot.width !== this.#size().width) this.#plot.setSize(this.#size());
  }

  #draw() {
    this.#plot?.destroy();
    this.#plot = null;
    if (this.#lines.length) this.#plot = new uPlot(this.#options(), aligned(this.#lines), this.#canvas);
  }

  get #period() {
    if (!this.#data.years.length) return [this.#data.from, this.#data.to];
    const begin = Date.UTC(2024, 0, 1) / 1000; // a leap year stands for all
    return [begin, begin + 366 * DAY_S];
  }

  // Strips in the frame begin and end with the axis of time.
  #place({ bbox }) {
    const { style } = this.#canvas.parentElement;
    style.setProperty("--axis-left", `${bbox.left / devicePixelRatio}px`);
    style.setProperty("--axis-width", `${bbox.width / devicePixelRatio}px`);
  }

  #options() {
    const found = units(this.#lines);
    const period = this.#period;
    const axis = ({ unit }) => `y${found.indexOf(unit)}`;
    const scales = { x: { time: true, range: () => period } };
    found.forEach((unit, at) => {
      const range = extent(this.#lines, unit) ?? [0, 1];
      scales[`y${at}`] = { range: () => range };
    });
    return {
      ...this.#size(),
      scales,
      padding: [12, found.length > 1 ? 0 : 14, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
      series: this.#series(axis),
      bands: this.#bands(),
      axes: [this.#timeAxis(), ...found.map((unit, at) => this.#valueAxis(unit, at))],
      hooks: this.#hooks(found, axis),
    };
  }

  // In the order of the columns of `aligned`: ranges first, so that they lie beneath the lines.
  #series(axis) {
    const edges = [...ranged(this.#lines), ...ranged(this.#lines)]; // the lowest, the highest
    const values = this.#lines.map((line) => good(line, axis(line)));
    return [{}, ...edges.map((line) => edge(axis(line))), ...values, ...this.#lines.map((line) => excluded(axis(line)))];
  }

  #bands() {
    const lines = ranged(this.#lines);
    return lines.map(({ color }, at) => ({ series: [1 + lines.length + at, 1 + at], fill: tint(color) }));
  }

  #timeAxis() {
    const zone = this.#data.years.length ? "UTC" : this.#data.zone;
    const write = axisTime(zone, Boolean(this.#data.years.length));
    return {
      ...this.#axis(),
      space: 76,
      size: 34,
      splits: write.splits,
      values: (plot, splits) => splits.map((moment) => write.label(moment)),
    };
  }

  #valueAxis(unit, at) {
    return {
      ...this.#axis(),
      scale: `y${at}`,
      side: at ? 1 : 3,
      grid: { show: !at, stroke: token("line"), width: 1 },
      size: this.#narrow ? 40 : 58,
      label: unit,
      labelSize: this.#narrow ? 16 : 22,
      labelFont: '600 12px "Noto Sans", sans-serif',
      values: (plot, splits) => splits.map((value) => number(value)),
    };
  }

  #axis() {
    return {
      stroke: token("ink-soft"),
      font: '12px "Noto Sans", sans-serif',
      grid: { stroke: token("line"), width: 1 },
      ticks: { stroke: token("line"), width: 1, size: 6 },
    };
  }

  #hooks(found, axis) {
    const lines = this.#lines;
    const exclusions = this.#data.years.length ? [] : exclusionsOf(lines);
    const written = (one) => `${one.name} ${number(one.value)} ${one.unit}`;
    return {
      drawClear: [(plot) => hatch(plot, exclusions, this.#period)],
      draw: [(plot) => {
        drawThresholds(plot, thresholdsOf(lines), found, written);
        for (const line of lines) drawDoubts(plot, line, axis(line));
        this.#listeners.drawn();
      }],
      setSelect: [(plot) => {
        const { left, width } = plot.select;
        if (width < 4) return;
        const [from, to] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
        plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        if (!this.#data.years.length) this.#listeners.zoomed(from, to);
      }],
      ready: [(plot) => this.#place(plot)],
      setSize: [(plot) => this.#place(plot)],
      setCursor: [(plot) => {
        const at = plot.cursor.idx;
        this.#listeners.read(at === null || at === undefined ? null : plot.data[0][at]);
      }],
    };
  }
}

function good({ color, dash }, scale) {
  return { scale, stroke: token(color), width: 2, dash, points: { fill: token(color), size: 4 } };
}

function edge(scale) {
  return { scale, width: 0, points: { show: false } };
}

function tint(color) {
  return `color-mix(in srgb, ${token(color)} 22%, transparent)`;
}

function excluded(scale) {
  return { scale, stroke: token("ink-soft"), width: 1, dash: [2, 4], points: { show: false } };
}
