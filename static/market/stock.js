/* One stock: candles with volume and averages, and the price as it ticks. */

import { chartOf, draw, setData } from "../js/charts.js";
import { count, known, number, percent, price, putChange, rupees, signed } from "../js/format.js";
import { connect, tellState, watchAges } from "../js/live.js";

const data = JSON.parse(document.getElementById("stock-data").textContent);
const element = document.getElementById("price-chart");
const { bars } = data;

/* Mean of the last n closes; null until there are n known ones. */
function average(closes, n) {
  let sum = 0;
  let unknown = 0;
  return closes.map((close, i) => {
    if (close === null) unknown += 1; else sum += close;
    if (i >= n) {
      const gone = closes[i - n];
      if (gone === null) unknown -= 1; else sum -= gone;
    }
    return i >= n - 1 && unknown === 0 ? sum / n : null;
  });
}

function actionText({ action, value }) {
  return action === "dividend" ? `D ${rupees(value)}` : `${action[0].toUpperCase()} ${number(value, value % 1 ? 2 : 0)}:1`;
}

if (element) {
  if (innerWidth < 768) { // fewer candles where they would be hairlines
    element.dataset.range = "3M";
    for (const button of document.querySelectorAll("[data-range-of] button")) {
      button.setAttribute("aria-pressed", String(button.value === "3M"));
    }
  }
  const first = bars.dates[0];
  setData(element, {
    t: bars.dates, o: bars.open, h: bars.high, l: bars.low, c: bars.close, v: bars.volume,
    averages: [
      { label: "50-day average", values: average(bars.close, 50), colour: "c2" },
      { label: "200-day average", values: average(bars.close, 200), colour: "c5" },
    ],
    events: data.actions.filter((a) => a.date >= first).map((a) => ({ time: a.date, text: actionText(a) })),
  });
  document.querySelector("[data-kind]")?.addEventListener("seg:choose", (event) => {
    element.dataset.as = event.detail.value;
    draw(element);
  });
}

/* The day's candle grows on the chart's right edge. */
function writeCandle(quote) {
  const chart = element && chartOf(element);
  if (!chart || !known(quote.open)) return;
  const day = data.status.session_date;
  if (bars.dates.length && day < bars.dates[bars.dates.length - 1]) return;
  const [main, volume] = chart.panes()[0].getSeries();
  main.update(element.dataset.as === "line"
    ? { time: day, value: quote.price }
    : { time: day, open: quote.open, high: quote.high, low: quote.low, close: quote.price });
  volume.update({ time: day, value: quote.volume });
}

const put = (name, text) => {
  const place = document.querySelector(`[data-${name}]`);
  if (place && place.textContent !== text) place.textContent = text;
};
function writeYearRange(now) {
  const range = document.querySelector("[data-year-range]");
  if (!range) return;
  const low = Number(document.querySelector("[data-low-year]").dataset.lowYear);
  const high = Number(document.querySelector("[data-high-year]").dataset.highYear);
  const at = high > low ? Math.min(1, Math.max(0, (now - low) / (high - low))) : 0;
  range.querySelector("circle").setAttribute("cx", (5 + 286 * at).toFixed(1));
  range.querySelector(".range-span").setAttribute("width", (5 + 286 * at).toFixed(1));
}
if (data.quote) {
  const quote = { ...data.quote };
  const rupee = document.querySelector("[data-price]").textContent.startsWith("₹") ? "₹" : "";
  writeYearRange(quote.price);
  let behind = data.status.clock - Date.now();
  const trading = ["open", "pre_open", "closing_auction"].includes(data.status.state) || data.status.replaying;
  watchAges(document, { now: () => Date.now() + behind, oldAfter: trading ? 60 : Infinity });
  connect("/ws/quotes/", {
    onOpen: (send) => send({ type: "subscribe", symbols: [data.symbol] }),
    onState: tellState(document.querySelector("[data-live]")),
    onMessage: (message) => {
      if (message.type === "status") behind = message.clock - Date.now();
      const fresh = message.quotes?.find((each) => each.symbol === data.symbol);
      if (!fresh || message.source !== data.status.source) return;
      const before = quote.price;
      Object.assign(quote, fresh);
      requestAnimationFrame(() => {
        const change = known(quote.previous_close) ? quote.price - quote.previous_close : null;
        put("price", rupee + price(quote.price));
        putChange(document.querySelector("[data-change]"), change,
          `${signed(change)} (${percent(change === null ? null : change / quote.previous_close)})`);
        put("open", price(quote.open));
        put("low", price(quote.low));
        put("high", price(quote.high));
        put("volume", count(quote.volume));
        document.querySelector("[data-at]").dataset.at = quote.at;
        writeYearRange(quote.price);
        writeCandle(quote);
        const cell = document.querySelector("[data-price]");
        cell.classList.remove("tick-up", "tick-down");
        if (quote.price !== before) cell.classList.add(quote.price > before ? "tick-up" : "tick-down");
      });
    },
  });
}
