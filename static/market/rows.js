/* One row of the live table: built once, then only cells whose text changed are written. */

import { known, number, percent, price, put, putChange, shortCount, shortRupees, signed } from "../js/format.js";

const SVG = "http://www.w3.org/2000/svg";
const RANGE_WIDTH = 96;

function node(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function shape(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function sparkline(values) {
  const svg = shape("svg", { class: "spark", viewBox: "0 0 72 22", "aria-hidden": "true" });
  if (!values || values.length < 2) return svg;
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const step = 72 / (values.length - 1);
  const points = values.map((v, i) => `${(i * step).toFixed(1)},${(21 - (20 * (v - low)) / span).toFixed(1)}`);
  svg.append(shape("polyline", { points: points.join(" ") }));
  return svg;
}

/** Where the price stands between the day's low and high, 0 to 1; null when unknown. */
export function place(quote) {
  if (!known(quote.low) || !known(quote.high) || quote.high <= quote.low) return null;
  return Math.min(1, Math.max(0, (quote.price - quote.low) / (quote.high - quote.low)));
}

export class Row {
  constructor(quote, spark) {
    this.quote = quote;
    this.spark = spark ?? [];
    this.shown = false; // in or near the window
    this.dirty = true;
    this.moved = 0;
    this.words = fold(`${quote.symbol} ${quote.name}`);
    this.element = this.build();
  }

  build() {
    const { quote } = this;
    const row = node("tr");
    row.dataset.symbol = quote.symbol;
    row.setAttribute("role", "row");
    const cell = (className) => {
      const made = row.appendChild(node("td", className));
      made.setAttribute("role", "cell");
      return made;
    };

    const link = cell("").appendChild(node("a", "sym"));
    link.href = `/market/${encodeURIComponent(quote.symbol)}/`;
    link.append(node("b", "", quote.symbol), node("span", "", quote.name));

    this.priceCell = cell("r q-two");
    this.price = this.priceCell.appendChild(node("b"));
    this.phone = this.priceCell.appendChild(node("span", "only-phone")).appendChild(node("span", "chg"));
    this.change = cell("r hide-phone hide-mid");
    this.percent = cell("r hide-phone").appendChild(node("span", "chg"));
    this.volume = cell("r hide-phone hide-mid quiet");
    this.turnover = cell("r hide-phone hide-narrow quiet");

    const range = cell("hide-phone").appendChild(node("span", "q-range"));
    this.range = shape("svg", { class: "range", viewBox: `0 0 ${RANGE_WIDTH} 16`, role: "img", "aria-label": "" });
    this.span = shape("rect", { class: "range-span", y: 6.5, height: 3 });
    this.dot = shape("circle", { class: "range-last", cy: 8, r: 4.5 });
    this.range.append(shape("rect", { class: "range-track", x: 0, y: 6.5, width: RANGE_WIDTH, height: 3, rx: 1.5 }), this.span, this.dot);
    const ends = node("span", "range-ends");
    this.low = ends.appendChild(node("span"));
    this.high = ends.appendChild(node("span"));
    range.append(this.range, ends);

    cell("hide-tablet").append(sparkline(this.spark));
    this.age = cell("r hide-phone").appendChild(node("span", "age"));
    this.priceCell.addEventListener("animationend", () => this.priceCell.classList.remove("tick-up", "tick-down"));
    return row;
  }

  /** Take a newer quote; returns true when the page has to be written. */
  take(fresh) {
    const before = this.quote.price;
    Object.assign(this.quote, fresh);
    const { price: now, previous_close: close } = this.quote;
    this.quote.change = known(close) ? now - close : null;
    this.quote.change_fraction = known(close) && close > 0 ? now / close - 1 : null;
    this.quote.turnover = now * (this.quote.volume ?? 0);
    this.moved = now > before ? 1 : now < before ? -1 : 0;
    this.dirty = true;
    return this.shown;
  }

  /** Write what changed into the cells. */
  write() {
    if (!this.dirty) return;
    this.dirty = false;
    const { quote } = this;
    put(this.price, price(quote.price));
    putChange(this.percent, quote.change_fraction, percent(quote.change_fraction));
    putChange(this.phone, quote.change_fraction, percent(quote.change_fraction));
    put(this.change, signed(quote.change));
    put(this.volume, shortCount(quote.volume));
    put(this.turnover, shortRupees(quote.turnover));
    this.writeRange();
    if (this.moved) {
      const wash = this.moved > 0 ? "tick-up" : "tick-down";
      this.priceCell.classList.remove(this.moved > 0 ? "tick-down" : "tick-up");
      this.priceCell.classList.add(wash);
      this.moved = 0;
    }
  }

  writeRange() {
    const { quote } = this;
    const at = place(quote);
    const digits = quote.high >= 1000 ? 0 : 2;
    put(this.low, number(quote.low, digits));
    put(this.high, number(quote.high, digits));
    const visible = at !== null;
    this.dot.setAttribute("visibility", visible ? "visible" : "hidden");
    this.span.setAttribute("visibility", visible ? "visible" : "hidden");
    if (!visible) { this.range.setAttribute("aria-label", "Day range not known"); return; }
    const edge = 4.5 + at * (RANGE_WIDTH - 9);
    const from = known(quote.open)
      ? 4.5 + Math.min(1, Math.max(0, (quote.open - quote.low) / (quote.high - quote.low))) * (RANGE_WIDTH - 9) : edge;
    this.dot.setAttribute("cx", edge.toFixed(1));
    this.span.setAttribute("x", Math.min(from, edge).toFixed(1));
    this.span.setAttribute("width", Math.abs(edge - from).toFixed(1));
    this.range.setAttribute("aria-label", `Low ${price(quote.low)}, high ${price(quote.high)}, last ${price(quote.price)}`);
  }

  /** Value a column sorts by; null sorts last. */
  key(column) {
    switch (column) {
      case "symbol": return this.quote.symbol;
      case "place": return place(this.quote);
      case "month": return this.spark.length > 1 ? this.quote.price / this.spark[0] - 1 : null;
      default: return this.quote[column] ?? null;
    }
  }
}

/** Words as a forgiving filter compares them: case, "&" and punctuation do not count. */
export function fold(text) {
  return text.toLowerCase().replaceAll("&", " and ").normalize("NFKD").replace(/[^a-z0-9]+/g, "");
}
