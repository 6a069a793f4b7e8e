// Simple conditions as CQL2-JSON and back, and in words. A condition is { field, op, value, until }.

import { day, number, word } from "../page/page.js";

/** Comparisons by the type of a field. */
const OPS = {
  text: ["has", "eq", "ne", "known", "unknown"],
  number: ["ge", "le", "between", "eq", "known", "unknown"],
  integer: ["ge", "le", "between", "eq", "known", "unknown"],
  date: ["ge", "le", "between", "known", "unknown"],
  boolean: ["eq", "known", "unknown"],
  choice: ["eq", "ne", "known", "unknown"],
};
const SIGNS = { ge: "≥", le: "≤", ne: "≠" };
const CQL = { eq: "=", ne: "<>", ge: ">=", le: "<=" };
const OF_CQL = Object.fromEntries(Object.entries(CQL).map(([name, sign]) => [sign, name]));

/** The type of a field in the filter builder. */
export function holds(field) {
  return Object.keys(field.choices ?? {}).length ? "choice" : field.type;
}

/** Names of the comparisons a field allows. */
export function opsOf(field) {
  return OPS[holds(field)] ?? OPS.text;
}

/** Whether a condition is complete. */
export function isComplete({ op, value, until }) {
  if (op === "known" || op === "unknown") return true;
  return value !== "" && value !== undefined && (op !== "between" || (until !== "" && until !== undefined));
}

/** The conditions as one filter in CQL2-JSON, or null. "Equals" conditions of one field are joined by OR, others by AND. */
export function filterOf(conditions, fields) {
  const byName = new Map(fields.map((field) => [field.name, field]));
  const complete = conditions.filter((one) => byName.has(one.field) && isComplete(one));
  const equal = Map.groupBy(complete.filter(({ op }) => op === "eq"), ({ field }) => field);
  const parts = [
    ...[...equal].map(([name, group]) => anyOf(byName.get(name), group)),
    ...complete.filter(({ op }) => op !== "eq").map((one) => cql(byName.get(one.field), one)),
  ];
  return parts.length > 1 ? { op: "and", args: parts } : (parts[0] ?? null);
}

function anyOf(field, group) {
  if (group.length === 1) return cql(field, group[0]);
  return { op: "in", args: [{ property: field.name }, group.map(({ value }) => literal(field, value))] };
}

function cql(field, { op, value, until }) {
  const property = { property: field.name };
  const unknown = { op: "isNull", args: [property] };
  if (op === "unknown") return unknown;
  if (op === "known") return { op: "not", args: [unknown] };
  if (op === "between") return { op: "between", args: [property, literal(field, value), literal(field, until)] };
  if (op !== "has") return { op: CQL[op], args: [property, literal(field, value)] };
  return { op: "like", args: [folded(property), folded(`%${value.replace(/[%_\\]/g, "\\$&")}%`)] };
}

function folded(what) {
  return { op: "accenti", args: [{ op: "casei", args: [what] }] };
}

function literal(field, value) {
  if (field.type === "integer" || field.type === "number") return Number(value);
  if (field.type === "boolean") return value === "true";
  return field.type === "date" ? { date: value } : value;
}

/** The conditions of a filter, or null where simple conditions cannot express it. */
export function conditionsOf(filter) {
  if (!filter) return [];
  const parts = filter.op === "and" ? filter.args : [filter];
  const found = parts.map(conditions);
  return found.includes(null) ? null : found.flat();
}

function conditions({ op, args }) {
  if (op === "not" && args[0]?.op === "isNull") return property(args[0].args[0], (field) => [{ field, op: "known" }]);
  if (op === "isNull") return property(args[0], (field) => [{ field, op: "unknown" }]);
  if (op === "in") return property(args[0], (field) => args[1].map((value) => ({ field, op: "eq", value: plain(value) })));
  if (op === "between") {
    return property(args[0], (field) => [{ field, op: "between", value: plain(args[1]), until: plain(args[2]) }]);
  }
  if (op === "like") return contains(args);
  return op in OF_CQL ? property(args[0], (field) => [{ field, op: OF_CQL[op], value: plain(args[1]) }]) : null;
}

function contains(args) {
  const [name, pattern] = args.map((arg) => arg?.args?.[0]?.args?.[0]);
  if (typeof pattern !== "string" || !/^%.*%$/s.test(pattern)) return null;
  return property(name, (field) => [{ field, op: "has", value: pattern.slice(1, -1).replace(/\\(.)/g, "$1") }]);
}

function property(node, then) {
  return typeof node?.property === "string" ? then(node.property) : null;
}

function plain(value) {
  return String(value?.date ?? value);
}

/** A filter in words, as in "Use: education or health care, Storeys ≥ 3"; null where there is none. */
export function sentence(filter, fields) {
  if (!filter) return null;
  const found = conditionsOf(filter);
  if (!found) return word("filter_own");
  const said = [...Map.groupBy(found, ({ field, op }) => `${field} ${op === "eq" ? op : Math.random()}`).values()];
  return said.map((group) => clause(group, fields)).join(", ");
}

function clause(group, fields) {
  const { field: name, op } = group[0];
  const field = fields.find((one) => one.name === name) ?? { name, title: name, type: "text" };
  const values = group.map(({ value }) => shown(field, value)).join(` ${word("filter_or")} `);
  if (op === "unknown") return `${field.title}: ${word("layer_empty")}`;
  if (op === "known") return `${field.title}: ${word("filter_known")}`;
  if (op === "has") return `${field.title}: …${group[0].value}…`;
  if (op === "between") return `${field.title}: ${values} – ${shown(field, group[0].until)}`;
  return op === "eq" ? `${field.title}: ${values}` : `${field.title} ${SIGNS[op]} ${values}`;
}

function shown(field, value) {
  if (field.choices?.[value]) return field.choices[value];
  if (field.type === "boolean") return value === "true" ? word("yes") : word("no");
  if (field.type === "date") return day(value) ?? value;
  if (field.type !== "number" && field.type !== "integer") return value;
  const grouped = !/year/.test(field.name);
  return field.unit ? `${number(Number(value), { grouped })}\u00a0${field.unit}` : number(Number(value), { grouped });
}
