/* How finseg writes numbers in the browser. The same rules on the server are in
   finseg/formatting.py; change both together. */

export const MISSING = "—";
const MINUS = "−";
const LAKH = 1e5;
const CRORE = 1e7;
const cache = new Map();

function grouped(size, decimals) {
  if (!cache.has(decimals)) {
    cache.set(decimals, new Intl.NumberFormat("en-IN", {
      minimumFractionDigits: decimals, maximumFractionDigits: decimals,
    }));
  }
  return cache.get(decimals).format(size);
}

export const known = (value) => typeof value === "number" && Number.isFinite(value);

export function number(value, decimals = 2, { prefix = "", suffix = "", signed = false } = {}) {
  if (!known(value)) return MISSING;
  const text = grouped(Math.abs(value), decimals);
  const zero = !/[1-9]/.test(text);
  const sign = zero ? "" : value < 0 ? MINUS : signed ? "+" : "";
  return sign + prefix + text + suffix;
}

export const price = (value) => number(value, 2);
export const count = (value) => number(value, 0);
export const rupees = (value, decimals = 2) => number(value, decimals, { prefix: "₹" });
export const signedRupees = (value, decimals = 0) => number(value, decimals, { prefix: "₹", signed: true });
export const signed = (value, decimals = 2) => number(value, decimals, { signed: true });

/* Fractions come in: 0.0095 is +0.95%. */
export const percent = (value, decimals = 2) => known(value)
  ? number(value * 100, decimals, { suffix: "%", signed: true }) : MISSING;
export const share = (value, decimals = 1) => known(value)
  ? number(value * 100, decimals, { suffix: "%" }) : MISSING;

function scaled(value, lakh, crore, prefix) {
  if (!known(value)) return MISSING;
  const size = Math.abs(value);
  // 99,99,999 would read "100.00 lakh": choose the unit after rounding.
  if (size >= CRORE - LAKH / 200) return number(value / CRORE, 2, { prefix, suffix: crore });
  if (size >= LAKH) return number(value / LAKH, 2, { prefix, suffix: lakh });
  return number(value, 0, { prefix });
}
export const headlineRupees = (value) => scaled(value, " lakh", " crore", "₹");
export const shortCount = (value) => scaled(value, " L", " cr", "");
export const shortRupees = (value) => Math.abs(value) >= 100 * CRORE
  ? number(value / CRORE, 0, { prefix: "₹", suffix: " cr" }) : scaled(value, " L", " cr", "₹");

/* Decimals that tell marks `step` apart on an axis: 2 for 0.25 and for 0.05, 0 for 20. Three
   digits of the step count; what floating point leaves over behind them is no difference. */
export function decimalsOf(step) {
  if (!known(step) || step <= 0) return 0;
  const [digits, power] = step.toExponential(2).split("e");
  return Math.max(0, digits.replace(/\.?0*$/, "").replace(".", "").length - 1 - Number(power));
}

/* Axis labels: short, with the decimals that the step between them needs. Where three do not
   do, the amount is written in full. */
export function axisRupees(value, step) {
  if (!known(value)) return "";
  const size = Math.abs(value);
  const [unit, suffix] = [[CRORE, " cr"], [LAKH, " L"], [1e3, "k"]].find(([unit]) => size >= unit) ?? [1, ""];
  const decimals = decimalsOf(step / unit);
  return decimals <= 3
    ? number(value / unit, decimals, { prefix: "₹", suffix })
    : number(value, Math.min(2, decimalsOf(step)), { prefix: "₹" });
}

/* The class that goes with a change, after the rounding the reader sees. */
export function direction(value, decimals = 4) {
  if (!known(value)) return "flat";
  const text = number(value, decimals);
  return !/[1-9]/.test(text) ? "flat" : value > 0 ? "up" : "down";
}

export function age(seconds) {
  if (!known(seconds)) return MISSING;
  const whole = Math.max(0, Math.trunc(seconds));
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"]]) {
    if (whole >= size) return `${Math.trunc(whole / size)} ${unit}`;
  }
  return `${whole} s`;
}

/* Write a text, if it is another one. Changing the text node that is there spares the
   browser taking one out and putting one in. */
export function put(element, text) {
  const inside = element.firstChild;
  if (inside?.nodeType === Node.TEXT_NODE && !inside.nextSibling) {
    if (inside.data !== text) inside.data = text;
  } else if (element.textContent !== text) element.textContent = text;
}

/* Put a change into an element that carries .chg: the text, and its direction. */
export function putChange(element, value, text = percent(value)) {
  put(element, text);
  const way = known(value) && /[1-9]/.test(text) ? (value > 0 ? "up" : "down") : "flat";
  if (!element.classList.contains(way)) {
    element.classList.remove("up", "down", "flat");
    element.classList.add(way);
  }
}
