/* What sets two groups of customers apart: medians, deviations, overlap. No DOM. */

import { onAxis } from "./columns.js";

const BINS = 50;

/* The k-th smallest of the first `n` numbers, which are put about: smaller ones before it. */
function nth(numbers, n, k) {
  let low = 0;
  let high = n - 1;
  while (low < high) {
    const pivot = numbers[(low + high) >> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (numbers[i] < pivot) i++;
      while (numbers[j] > pivot) j--;
      if (i <= j) {
        const held = numbers[i];
        numbers[i++] = numbers[j];
        numbers[j--] = held;
      }
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return numbers[k];
}

/** Middle of the known values of some rows; the mean of the two middle ones for an even number. */
export function median(column, rows) {
  const known = new Float32Array(rows.length);
  let n = 0;
  for (let i = 0; i < rows.length; i++) {
    const value = column[rows[i]];
    if (value === value) known[n++] = value;
  }
  if (!n) return NaN;
  const upper = nth(known, n, n >> 1);
  if (n % 2) return upper;
  let lower = -Infinity;
  for (let i = 0; i < n >> 1; i++) if (known[i] > lower) lower = known[i];
  return (lower + upper) / 2;
}

/** Deviations of a column from the average customer of the run, unknown values at the centre:
    the same as `Yardstick.scores` of `Scaler.clip`, so that a segment's mean is its profile's. */
export function scoresOf(data, measure) {
  const { mean, deviation, lower, upper, centre } = measure.yardstick;
  const column = data.columns[measure.key];
  const out = new Float32Array(data.n);
  if (!(deviation > 0)) return out;
  for (let i = 0; i < data.n; i++) {
    const at = onAxis(measure, column[i]);
    const kept = at === at ? Math.min(upper, Math.max(lower, at)) : centre;
    out[i] = (kept - mean) / deviation;
  }
  return out;
}

export function mean(column, rows) {
  let sum = 0;
  for (let i = 0; i < rows.length; i++) sum += column[rows[i]];
  return rows.length ? sum / rows.length : NaN;
}

/** Share of two groups' distributions that lies on the same values, 0 to 1: the sum over equal
    bins of the smaller of the two shares (overlapping coefficient, Inman and Bradley 1989). */
export function overlap(scores, a, b) {
  if (!a.length || !b.length) return NaN;
  let low = Infinity;
  let high = -Infinity;
  for (const rows of [a, b]) {
    for (let i = 0; i < rows.length; i++) {
      const at = scores[rows[i]];
      if (at < low) low = at;
      if (at > high) high = at;
    }
  }
  if (low === high) return 1;
  const counts = [a, b].map((rows) => {
    const bins = new Float64Array(BINS);
    const scale = BINS / (high - low);
    for (let i = 0; i < rows.length; i++) bins[Math.min(BINS - 1, Math.floor((scores[rows[i]] - low) * scale))] += 1 / rows.length;
    return bins;
  });
  return counts[0].reduce((sum, share, bin) => sum + Math.min(share, counts[1][bin]), 0);
}
