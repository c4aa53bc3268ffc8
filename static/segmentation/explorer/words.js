/* How the explorer writes values and builds its elements. */

import { count, decimalsOf, headlineRupees, known, MISSING, number, share } from "../../js/format.js";

export const title = (word) => word[0].toUpperCase() + word.slice(1);

/** A value of a measure as people read it. */
export function valueText(measure, value) {
  if (!known(value)) return MISSING;
  switch (measure.unit) {
    case "rupees": return headlineRupees(value);
    case "share": return share(value, Math.abs(value) < 0.1 && value !== 0 ? 1 : 0);
    case "days": return `${count(value)} days`;
    case "score": return number(value, 0);
    case "place": return number(value, 2);
    default: return number(value, 1);
  }
}

/* Shares are typed as per cent. */
export const typedAs = (measure) => (measure.unit === "share" ? 100 : 1);
/** A bound as it was typed: 12.5% is not rounded to 13%. */
export const boundText = (measure, bound) => (measure.unit === "share"
  ? share(bound, decimalsOf(Math.abs(bound * 100))) : valueText(measure, bound));
export const unitOf = (measure) => ({ share: "%", rupees: "₹", days: "days" })[measure.unit] ?? "";

/** Three digits that count: what a finger can aim at, and an address can hold. */
export const rounded = (value) => Number(value.toPrecision(3));

export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";
export function svg(tag, properties = {}) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(properties)) node.setAttribute(name, value);
  return node;
}

/** A table body of rows of cells; the first of each row is its head. */
export function tableOf(heads, rows) {
  const head = el("thead", {}, el("tr", {}, ...heads.map((text, i) => el("th", { scope: "col", className: i ? "r" : "" }, text))));
  const body = el("tbody", {}, ...rows.map(([first, ...rest]) => el(
    "tr", {}, el("th", { scope: "row" }, first), ...rest.map((text) => el("td", { className: "r" }, text)),
  )));
  return el("table", { className: "dtable dtable-dense" }, head, body);
}
