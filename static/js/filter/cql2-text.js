// A filter of simple conditions as CQL2 text, as people read and copy it.

const JOINED = { and: " AND ", or: " OR " };
const COMPARED = ["=", "<>", "<", "<=", ">", ">="];

/** CQL2-JSON as CQL2 text; "" for no filter. */
export function cqlText(tree) {
  return tree ? written(tree) : "";
}

function written(node) {
  if (typeof node === "string") return `'${node.replaceAll("'", "''")}'`;
  if (typeof node !== "object" || node === null) return String(node).toUpperCase();
  if (node.property !== undefined) return node.property;
  if (node.date !== undefined) return `DATE('${node.date}')`;
  return called(node.op, node.args);
}

function called(op, args) {
  if (op in JOINED) return args.map((one) => (one.op === "or" ? `(${written(one)})` : written(one))).join(JOINED[op]);
  if (op === "not") return args[0].op === "isNull" ? `${written(args[0].args[0])} IS NOT NULL` : `NOT (${written(args[0])})`;
  if (op === "isNull") return `${written(args[0])} IS NULL`;
  if (op === "in") return `${written(args[0])} IN (${args[1].map(written).join(", ")})`;
  if (op === "between") return `${written(args[0])} BETWEEN ${written(args[1])} AND ${written(args[2])}`;
  if (op === "like") return `${written(args[0])} LIKE ${written(args[1])}`;
  if (COMPARED.includes(op)) return `${written(args[0])} ${op} ${written(args[1])}`;
  return `${op.toUpperCase()}(${args.map(written).join(", ")})`;
}
