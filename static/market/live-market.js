/* The live market page. Rows out of sight are only remembered, and written when they come
   into view, so that 500 stocks cost what the window shows. The order holds still while
   prices tick: a row never moves away from under the reader. */

import { age, known, percent, price, put, putChange } from "../js/format.js";
import { connect, tellState } from "../js/live.js";
import { filters } from "./filters.js";
import { Row } from "./rows.js";

const STALE_SECONDS = 60;
const TRADING = new Set(["open", "pre_open", "closing_auction"]);
const data = JSON.parse(document.getElementById("market-data").textContent);
const body = document.querySelector("[data-quotes]");
const rows = new Map(data.rows.map((quote) => [quote.symbol, new Row(quote, data.sparks[quote.symbol])]));
const indices = new Map(data.indices.map((quote) => [quote.symbol, quote]));
const trading = TRADING.has(data.status.state) || data.status.replaying;
let clockBehind = data.status.clock - Date.now();
let live = false;

/* ------------------------------------------------------------ what is in the window */
const waiting = new Set();
let frame = 0;
const write = () => {
  frame = 0;
  for (const row of waiting) row.write();
  waiting.clear();
};
const later = (row) => {
  waiting.add(row);
  if (!frame) frame = requestAnimationFrame(write);
};
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const row = rows.get(entry.target.dataset.symbol);
    row.shown = entry.isIntersecting;
    if (row.shown) { row.moved = 0; later(row); writeAge(row); }
  }
}, { rootMargin: "300px 0px" });

/* --------------------------------------------------------------------- order, filters */
const chosen = filters(rows, (match) => {
  const { sort, descending } = chosen.state();
  const shown = [...rows.values()].filter(match);
  shown.sort((a, b) => {
    const [x, y] = [a.key(sort), b.key(sort)];
    if (x === null || y === null) return (x === null) - (y === null);
    const way = typeof x === "string" ? x.localeCompare(y) : x - y;
    return descending ? -way : way;
  });
  for (const row of shown) row.write();
  body.replaceChildren(...shown.map((row) => row.element));
  document.querySelector("[data-none]").hidden = shown.length > 0;
  document.querySelector("[data-count]").textContent = shown.length.toLocaleString("en-IN");
});
chosen.apply();
body.closest("[data-filling]")?.removeAttribute("data-filling");
for (const row of rows.values()) watcher.observe(row.element);

/* ------------------------------------------------------------------------ the top lines */
const strip = new Map([...document.querySelectorAll("[data-index]")].map((item) => [item.dataset.index, {
  price: item.querySelector("[data-price]"), change: item.querySelector(".chg"),
}]));
function writeIndex(symbol) {
  const cells = strip.get(symbol);
  if (!cells) return;
  const quote = indices.get(symbol);
  put(cells.price, price(quote.price));
  if (cells.change) putChange(cells.change, quote.price / quote.previous_close - 1);
}
function writeHeadline() {
  const quotes = [...rows.values()].map((row) => row.quote).filter((q) => known(q.change_fraction));
  if (!quotes.length) return;
  const rising = quotes.filter((q) => q.change_fraction > 0).length;
  const nifty = indices.get("NIFTY50");
  let text = `${rising} of ${rows.size} stocks rise`;
  if (nifty && nifty.previous_close > 0) text += `; ${nifty.name} ${percent(nifty.price / nifty.previous_close - 1)}`;
  put(document.querySelector("[data-headline]"), text);
  const best = quotes.reduce((a, b) => (b.change_fraction > a.change_fraction ? b : a));
  const worst = quotes.reduce((a, b) => (b.change_fraction < a.change_fraction ? b : a));
  put(document.querySelector("[data-extremes]"),
    `${best.symbol} leads, ${percent(best.change_fraction)}; ${worst.symbol} trails, ${percent(worst.change_fraction)}`);
}

/* -------------------------------------------------------------------------------- ages */
const now = () => Date.now() + clockBehind;
function writeAge(row) {
  const seconds = (now() - row.quote.at) / 1000;
  put(row.age, age(seconds));
  const stale = trading && seconds > STALE_SECONDS;
  row.age.classList.toggle("old", stale);
  row.element.classList.toggle("stale", stale || !live);
}
function writeFreshness() {
  const ages = [...rows.values()].map((row) => (now() - row.quote.at) / 1000);
  const stale = ages.filter((seconds) => seconds > STALE_SECONDS).length;
  const oldest = age(Math.max(...ages));
  const text = !trading ? `Last prices ${age(Math.min(...ages))} old`
    : stale === 0 ? "Every price is under a minute old"
      : stale === 1 ? `One price is ${oldest} old` : `${stale} prices are over a minute old, the oldest ${oldest}`;
  put(document.querySelector("[data-freshness]"), text);
}
setInterval(() => {
  if (document.hidden) return;
  for (const row of rows.values()) if (row.shown) writeAge(row);
  writeFreshness();
}, 1000);
setInterval(() => { if (!document.hidden) writeHeadline(); }, 2000);
writeFreshness();

/* ---------------------------------------------------------------------------- the feed */
const tell = tellState(document.querySelector("[data-live]"));
connect("/ws/quotes/", {
  onOpen: (send) => send({ type: "subscribe", symbols: [...rows.keys(), ...indices.keys()] }),
  onState: (state, seconds) => { live = state === "live"; tell(state, seconds); },
  onMessage: (message) => {
    // The clock of a status frame is the market's: while a session is replayed it is not now.
    if (message.type === "status") clockBehind = message.clock - Date.now();
    if (message.type !== "snapshot" && message.type !== "quotes") return;
    if (message.source !== data.status.source) { location.reload(); return; } // never mix sources
    for (const quote of message.quotes) {
      const row = rows.get(quote.symbol);
      if (row) {
        if (row.take(quote)) later(row);
      } else if (indices.has(quote.symbol)) {
        Object.assign(indices.get(quote.symbol), quote);
        writeIndex(quote.symbol);
      }
    }
  },
});
