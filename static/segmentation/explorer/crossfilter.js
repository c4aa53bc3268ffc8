/* Cuts of 100,000 customers. Each row keeps one bit for every part of the filter it fails, so
   that a change touches that bit alone; one pass then counts every group. A chart is not cut by
   its own part: a row counts there if nothing but that bit is set. No DOM. */

import { axisColumn, binned, RISKS, TIERS } from "./columns.js";

const PARTS = ["segments", "tiers", "risks", "stated", "sectors"];
const COLUMN = { segments: "segment", tiers: "tier", risks: "risk", stated: "stated", sectors: "sectors" };
export const BINS = 40;

const sized = (n) => ({ customers: new Uint32Array(n), value: new Float64Array(n), lit: new Uint32Array(n) });

export class Crossfilter {
  constructor(data) {
    this.data = data;
    this.fails = new Uint32Array(data.n);
    this.lit = new Uint8Array(data.n);
    this.bits = new Map([...PARTS, ...data.measures.map((m) => m.key)].map((part, i) => [part, 1 << i]));
    this.said = new Map();
    this.axes = new Map();
    this.bins = new Map();
  }

  /** A measure's column on its axis, made once. */
  axis(key) {
    if (!this.axes.has(key)) this.axes.set(key, axisColumn(this.data, key));
    return this.axes.get(key);
  }

  binsOf(key) {
    if (!this.bins.has(key)) this.bins.set(key, binned(this.axis(key), BINS));
    return this.bins.get(key);
  }

  /** Code of a choice within its part: the index a row carries, or the sector's bit. */
  code(part, value) {
    if (part === "segments") return this.data.segments.findIndex((s) => s.key === value);
    if (part === "tiers") return TIERS.indexOf(value);
    return part === "sectors" ? value : RISKS.indexOf(value);
  }

  /** Take over a filter: only the parts that changed cost a pass over the rows. */
  apply(filter) {
    for (const part of PARTS) this.#part(part, filter[part]);
    for (const { key } of this.data.measures) this.#range(key, filter.ranges[key]);
  }

  #changed(part, now) {
    const word = JSON.stringify(now ?? null);
    if ((this.said.get(part) ?? "null") === word) return false;
    this.said.set(part, word);
    return true;
  }

  #part(part, values) {
    if (!this.#changed(part, values.length ? values : null)) return;
    const [bit, column, { fails }] = [this.bits.get(part), this.data.columns[COLUMN[part]], this];
    const keep = ~bit;
    if (!values.length) {
      for (let i = 0; i < fails.length; i++) fails[i] &= keep;
    } else if (part === "sectors") {
      const mask = values.reduce((sum, sector) => sum | (1 << sector), 0);
      for (let i = 0; i < fails.length; i++) fails[i] = (fails[i] & keep) | (column[i] & mask ? 0 : bit);
    } else {
      const wanted = new Uint8Array(256);
      for (const value of values) {
        const code = this.code(part, value);
        if (code >= 0) wanted[code] = 1;
      }
      for (let i = 0; i < fails.length; i++) fails[i] = (fails[i] & keep) | (wanted[column[i]] ? 0 : bit);
    }
  }

  #range(key, ends) {
    if (!this.#changed(key, ends)) return;
    const [bit, column, { fails }] = [this.bits.get(key), this.data.columns[key], this];
    const keep = ~bit;
    if (!ends) {
      for (let i = 0; i < fails.length; i++) fails[i] &= keep;
      return;
    }
    // At single precision, as the columns are: a bound of 0.2 lets 0.2 in.
    const low = ends[0] === null ? -Infinity : Math.fround(ends[0]);
    const high = ends[1] === null ? Infinity : Math.fround(ends[1]);
    for (let i = 0; i < fails.length; i++) {
      const value = column[i]; // an unknown value is in no range: NaN compares false
      fails[i] = (fails[i] & keep) | (value >= low && value <= high ? 0 : bit);
    }
  }

  /** Light up one group in all charts, or none: {part, value} or null. */
  light(group) {
    const { lit } = this;
    if (!group) { lit.fill(0); return; }
    const column = this.data.columns[COLUMN[group.part]];
    const code = this.code(group.part, group.value);
    if (group.part === "sectors") for (let i = 0; i < lit.length; i++) lit[i] = (column[i] >>> code) & 1;
    else for (let i = 0; i < lit.length; i++) lit[i] = column[i] === code ? 1 : 0;
  }

  /** Count every group in one pass. `measures` names the histograms. */
  count(measures) {
    const { fails, lit, data: { columns, segments, sectors: names } } = this;
    const { segment, tier, risk, stated, sectors, portfolio_value: values } = columns;
    const out = {
      customers: 0, value: 0, lit: 0,
      segments: sized(segments.length), tiers: sized(TIERS.length), risks: sized(RISKS.length),
      stated: sized(RISKS.length), sectors: sized(names.length), histograms: {},
    };
    const [S, T, R, D, B] = PARTS.map((part) => this.bits.get(part));
    const add = (group, at, worth, light) => {
      group.customers[at]++; group.value[at] += worth; group.lit[at] += light;
    };
    const addSectors = (mask, worth, light) => {
      for (let rest = mask; rest; rest &= rest - 1) add(out.sectors, 31 - Math.clz32(rest & -rest), worth, light);
    };
    for (let i = 0; i < fails.length; i++) {
      const f = fails[i];
      if (f & (f - 1)) continue; // fails two parts: it is in no chart
      const worth = values[i] || 0;
      const light = lit[i];
      if (f === 0) {
        out.customers++; out.value += worth; out.lit += light;
        add(out.segments, segment[i], worth, light);
        add(out.tiers, tier[i], worth, light);
        add(out.risks, risk[i], worth, light);
        add(out.stated, stated[i], worth, light);
        addSectors(sectors[i], worth, light);
      } else if (f === S) add(out.segments, segment[i], worth, light);
      else if (f === T) add(out.tiers, tier[i], worth, light);
      else if (f === R) add(out.risks, risk[i], worth, light);
      else if (f === D) add(out.stated, stated[i], worth, light);
      else if (f === B) addSectors(sectors[i], worth, light);
    }
    for (const key of new Set(measures)) out.histograms[key] = this.#histogram(key);
    return out;
  }

  #histogram(key) {
    const { fails, lit } = this;
    const [bins, bit] = [this.binsOf(key), this.bits.get(key)];
    // The last place counts the unknown.
    const out = { inside: new Uint32Array(BINS + 1), outside: new Uint32Array(BINS + 1), lit: new Uint32Array(BINS + 1) };
    for (let i = 0; i < fails.length; i++) {
      if (fails[i] === 0) { out.inside[bins[i]]++; out.lit[bins[i]] += lit[i]; } else if (fails[i] === bit) out.outside[bins[i]]++;
    }
    return out;
  }

  /** The rows the filter lets through, as row numbers. */
  rows() {
    const found = new Uint32Array(this.data.n);
    let n = 0;
    for (let i = 0; i < this.fails.length; i++) if (this.fails[i] === 0) found[n++] = i;
    return found.subarray(0, n);
  }

  /** One page of those rows along `ascending`, or backwards: `skip` of them are passed over.
      The unknown come last either way. */
  page({ order, known }, skip, most, backwards) {
    const found = [];
    const { fails } = this;
    for (let i = 0; i < order.length && found.length < most; i++) {
      const row = order[backwards && i < known ? known - 1 - i : i];
      if (fails[row] === 0 && skip-- <= 0) found.push(row);
    }
    return found;
  }
}
