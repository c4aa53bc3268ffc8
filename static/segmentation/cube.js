/* Cuts of the aggregate cube: counts, values and scores by segment, risk class and sector.
   Pure functions; their cost depends on segments and sectors, never on customers. */

export const RISKS = ["low", "medium", "high"];

/** Indices of the segments a filter lets through. */
export function segmentsIn(data, { segment, tier }) {
  return data.segments.flatMap((s, i) => (
    (!segment || s.key === segment) && (!tier || s.tier === tier) ? [i] : []));
}

const risksIn = ({ risk }) => (risk ? [RISKS.indexOf(risk)] : [0, 1, 2, 3]);
const planeOf = ({ sector }) => (sector == null ? 0 : sector + 1);

function sum(cube, segments, risks, plane) {
  let total = 0;
  for (const i of segments) for (const r of risks) total += cube[i][r][plane];
  return total;
}

/** Customers and value of what a filter lets through. */
function totals(data, filter) {
  const cells = [segmentsIn(data, filter), risksIn(filter), planeOf(filter)];
  return { customers: sum(data.counts, ...cells), value: sum(data.values, ...cells) };
}

// Whole sums are given apart: cells too small to be shown are empty, but count in them.
const wholeOf = ({ segment, tier, risk, sector }) => !segment && !tier && !risk && sector == null;

/** Customers and value of a tier under the rest of a filter. */
export function byTier(data, filter, tier) {
  return wholeOf(filter) ? data.everyone.tiers[tier] : totals(data, { ...filter, tier, segment: "" });
}

/** Customers of a segment under the rest of a filter. */
export function bySegment(data, filter, segment) {
  return wholeOf(filter)
    ? data.everyone.segments[segment] : totals(data, { ...filter, segment, tier: "" }).customers;
}

/** Customers by risk class; the filter's own risk class does not cut its own chart. */
export function byRisk(data, filter) {
  if (wholeOf({ ...filter, risk: "" })) return data.everyone.risk.slice(0, 3);
  const segments = segmentsIn(data, filter);
  return RISKS.map((_, r) => sum(data.counts, segments, [r], planeOf(filter)));
}

/** Customers by preferred sector, most first: [{sector, customers}]. */
export function bySector(data, filter) {
  const segments = segmentsIn(data, filter);
  const whole = wholeOf({ ...filter, sector: null });
  const customersOf = (sector) => (
    whole ? data.everyone.sectors[sector] : sum(data.counts, segments, risksIn(filter), sector + 1));
  return data.sectors
    .map((name, sector) => ({ name, sector, customers: customersOf(sector) }))
    .filter(({ customers }) => customers > 0)
    .sort((a, b) => b.customers - a.customers);
}

/** Mean deviation of each feature over what a filter lets through, most distinguishing first. */
export function profile(data, filter, most = 7) {
  const segments = segmentsIn(data, filter);
  const plane = planeOf(filter);
  const { customers } = totals(data, filter);
  if (!customers) return [];
  const means = data.features.map((label, f) => {
    let total = 0;
    for (const i of segments) for (const r of risksIn(filter)) total += data.scores[i][r][plane][f];
    return { label, score: total / customers };
  });
  return means
    .sort((a, b) => Math.abs(b.score) - Math.abs(a.score)).slice(0, most)
    .sort((a, b) => b.score - a.score);
}

/** Points of the map by segment, those that a filter lets through. */
export function points(data, filter) {
  const chosen = new Set(segmentsIn(data, filter));
  const risk = filter.risk ? RISKS.indexOf(filter.risk) : null;
  return data.segments.map((segment, i) => {
    if (!chosen.has(i)) return [];
    if (data.aggregate) return data.places[i];
    return data.places[i].filter(([, , r, mask]) => (
      (risk === null || r === risk) && (filter.sector == null || (mask >> filter.sector) & 1)));
  });
}
