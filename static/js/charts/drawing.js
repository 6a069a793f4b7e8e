// What is drawn on a chart beside its lines: hatched exclusions, thresholds with their names, marks of doubtful values.

import { token } from "../page/paint.js";

const RANGE = 1, STEP = 2, SPIKE = 4;
const SIZE = 4.5;
const NEAR = 12;

/** Hatches the excluded periods and writes their reason where there is room. */
export function hatch(plot, exclusions, [since, until]) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const one of exclusions) {
    const left = plot.valToPos(Math.max(one.from, since), "x", true);
    const right = plot.valToPos(Math.min(one.to ?? until, until), "x", true);
    stripes(ctx, left, Math.max(right - left, 2 * ratio), bbox, ratio);
    label(ctx, one.reason, left + 5 * ratio, bbox.top + 14 * ratio, right - left - 10 * ratio, "ink", ratio);
  }
  ctx.restore();
}

function stripes(ctx, left, width, { top, height }, ratio) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.fillStyle = token("surface-low");
  ctx.fillRect(left, top, width, height);
  ctx.strokeStyle = token("line-strong");
  ctx.globalAlpha = 0.55;
  ctx.lineWidth = ratio;
  for (let at = left - height; at < left + width; at += 9 * ratio) {
    ctx.beginPath();
    ctx.moveTo(at, top + height);
    ctx.lineTo(at + height, top);
    ctx.stroke();
  }
  ctx.restore();
}

/** A text with an edge of the page's colour, cut to a width; nothing where not even a few letters fit. */
function label(ctx, text, x, y, width, color, ratio, align = "left") {
  ctx.font = `600 ${12 * ratio}px "Noto Sans", sans-serif`;
  ctx.textAlign = align;
  ctx.textBaseline = "middle";
  let shown = text;
  while (shown.length > 4 && ctx.measureText(shown).width > width) shown = `${shown.slice(0, -2).trimEnd()}…`;
  if (ctx.measureText(shown).width > width) return;
  ctx.lineJoin = "round";
  ctx.lineWidth = 4 * ratio;
  ctx.strokeStyle = token("surface");
  ctx.strokeText(shown, x, y);
  ctx.fillStyle = token(color);
  ctx.fillText(shown, x, y);
}

/** Thresholds as dashed lines with name and value; those outside the axis are left out. */
export function drawThresholds(plot, thresholds, units, written) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const taken = [];
  ctx.save();
  for (const one of [...thresholds].sort((a, b) => b.value - a.value)) {
    const y = plot.valToPos(one.value, `y${units.indexOf(one.unit)}`, true);
    if (!(y >= bbox.top && y <= bbox.top + bbox.height)) continue;
    for (const [color, width] of [[token("ink-soft"), 3.5], [one.colour, 2]]) across(ctx, bbox, y, color, width * ratio, ratio);
    const rows = [y - 9 * ratio, y + 10 * ratio].filter((row) => row > bbox.top + 6 * ratio && row < bbox.top + bbox.height);
    const row = rows.find((one) => taken.every((other) => Math.abs(other - one) >= 14 * ratio));
    if (row === undefined) continue;
    taken.push(row);
    label(ctx, written(one), bbox.left + bbox.width - 6 * ratio, row, bbox.width - 20 * ratio, "ink", ratio, "right");
  }
  ctx.restore();
}

function across(ctx, { left, width }, y, color, line, ratio) {
  ctx.strokeStyle = color;
  ctx.lineWidth = line;
  ctx.setLineDash([6 * ratio, 4 * ratio]);
  ctx.beginPath();
  ctx.moveTo(left, y);
  ctx.lineTo(left + width, y);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** A shape at each doubtful value of a line; a value outside the possible range stands at the chart's edge. */
export function drawDoubts(plot, line, scale) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.lineWidth = 1.75 * ratio;
  ctx.strokeStyle = token("ink");
  ctx.fillStyle = token("caution-mark");
  let last = { x: -Infinity, y: 0, flags: 0 };
  line.flagged.forEach((count, at) => {
    if (!count || line.values[at] === null) return;
    const x = plot.valToPos(line.times[at], "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    const y = Math.min(Math.max(plot.valToPos(line.values[at], scale, true), bbox.top + 6 * ratio), bbox.top + bbox.height - 6 * ratio);
    const flags = line.flags[at];
    const beside = flags === last.flags && x - last.x < NEAR * ratio && Math.abs(y - last.y) < NEAR * ratio;
    if (beside) return; // one sign stands for equal ones that would cover each other
    last = { x, y, flags };
    shape(ctx, flags, x, y, SIZE * ratio);
  });
  ctx.restore();
}

function shape(ctx, flags, x, y, size) {
  ctx.beginPath();
  if (flags & RANGE) {
    ctx.moveTo(x - size, y - size);
    ctx.lineTo(x + size, y + size);
    ctx.moveTo(x + size, y - size);
    ctx.lineTo(x - size, y + size);
    ctx.stroke();
    return;
  }
  if (flags & (STEP | SPIKE) || !flags) {
    ctx.moveTo(x, y - 1.3 * size);
    ctx.lineTo(x + 1.15 * size, y + size);
    ctx.lineTo(x - 1.15 * size, y + size);
    ctx.closePath();
  } else ctx.rect(x - size, y - size, 2 * size, 2 * size);
  ctx.fill();
  ctx.stroke();
}
