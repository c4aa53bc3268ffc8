/* The columns of the explorer as they come from the server, and orders of them. No DOM. */

export const RISKS = ["low", "medium", "high", "unknown"];
export const TIERS = ["high", "medium", "low"];
export const PLACES = ["map_x", "map_y"];
const TYPES = { uint8: Uint8Array, uint32: Uint32Array, float32: Float32Array };

/** Lay typed arrays on the bytes of `segmentation.domain.packing.pack`. */
export function unpack(buffer) {
  const size = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  const columns = {};
  for (const { name, type, offset, length } of header.columns) {
    columns[name] = new TYPES[type](buffer, 4 + size + offset, length);
  }
  const tiers = Uint8Array.from(header.segments, (s) => TIERS.indexOf(s.tier));
  const tier = new Uint8Array(columns.segment.length);
  for (let i = 0; i < tier.length; i++) tier[i] = tiers[columns.segment[i]];
  const places = PLACES.map((key, i) => ({
    key, label: `Map: ${header.axes[i]}`, unit: "place", transform: "identity", floor: -Infinity,
  }));
  return {
    ...header, n: columns.number.length, columns: { ...columns, tier },
    measures: [...header.measures, ...places],
    measureOf: new Map([...header.measures, ...places].map((m) => [m.key, m])),
  };
}

/** A value on the axis its measure is drawn on; NaN stays unknown. */
export function onAxis(measure, value) {
  const known = value < measure.floor ? measure.floor : value;
  if (measure.transform === "log10") return Math.log10(known);
  if (measure.transform === "log1p") return Math.log1p(known);
  return known;
}

/** The raw value at a place of the axis. */
export function fromAxis(measure, place) {
  if (measure.transform === "log10") return 10 ** place;
  if (measure.transform === "log1p") return Math.expm1(place);
  return place;
}

/** A whole column on its axis, with the ends of what is known. */
export function axisColumn(data, key) {
  const measure = data.measureOf.get(key);
  const raw = data.columns[key];
  const values = new Float32Array(data.n);
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < data.n; i++) {
    const at = onAxis(measure, raw[i]);
    values[i] = at;
    if (at < low) low = at;
    if (at > high) high = at;
  }
  if (low > high) { low = 0; high = 1; } else if (low === high) { low -= 0.5; high += 0.5; }
  return { measure, values, low, high };
}

/** Bin of each row between two ends; `bins` itself for the unknown. */
export function binned({ values, low, high }, bins) {
  const out = new Uint8Array(values.length);
  const scale = bins / (high - low);
  for (let i = 0; i < values.length; i++) {
    const at = values[i];
    out[i] = at === at ? Math.max(0, Math.min(bins - 1, Math.floor((at - low) * scale))) : bins;
  }
  return out;
}

/* Bits of a 32-bit number, turned so that they sort as unsigned integers; NaN comes last. */
function sortableBits(column) {
  if (!(column instanceof Float32Array)) return Uint32Array.from(column);
  const bits = new Uint32Array(column.slice().buffer);
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i];
    if (column[i] !== column[i]) bits[i] = 0xffffffff;
    else bits[i] = b & 0x80000000 ? ~b : b | 0x80000000;
  }
  return bits;
}

/** Rows in ascending order of a column, the unknown last: a radix sort in two passes.
    Returns {order, known}: how many of them are known. */
export function ascending(column) {
  const keys = sortableBits(column);
  let from = new Uint32Array(keys.length);
  for (let i = 0; i < from.length; i++) from[i] = i;
  let to = new Uint32Array(from.length);
  for (const shift of [0, 16]) {
    const starts = new Uint32Array(65537);
    for (let i = 0; i < keys.length; i++) starts[((keys[i] >>> shift) & 0xffff) + 1]++;
    for (let d = 0; d < 65536; d++) starts[d + 1] += starts[d];
    for (let i = 0; i < from.length; i++) to[starts[(keys[from[i]] >>> shift) & 0xffff]++] = from[i];
    [from, to] = [to, from];
  }
  let known = keys.length;
  while (known && column[from[known - 1]] !== column[from[known - 1]]) known--;
  return { order: from, known };
}
