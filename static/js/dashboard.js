/* The dashboard's figures as prices move: the same valuation as on the portfolio page. */

import { percent, price, putChange, rupees, signedRupees } from "./format.js";
import { connect, tellState } from "./live.js";

const all = (name) => document.querySelectorAll(`[data-${name}]`);
const put = (name, text) => {
  for (const place of all(name)) if (place.textContent !== text) place.textContent = text;
};
const change = (name, value, text) => {
  for (const place of all(name)) putChange(place.querySelector(".chg") ?? place, value, text);
};
const clock = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Kolkata", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

function write(valuation) {
  const { today, today_fraction: part } = valuation;
  if (today !== null) {
    put("today-word", today >= 0 ? "Up" : "Down");
    change("today", today, rupees(Math.abs(today), 0));
    put("today-percent", percent(part));
  }
  change("today-change", part);
  put("value", rupees(valuation.value));
  put("profit", rupees(valuation.unrealised, 0));
  change("profit-percent", valuation.unrealised_fraction, percent(valuation.unrealised_fraction, 1));
  if (valuation.oldest) put("oldest", `Oldest price of ${clock.format(valuation.oldest)} IST`);
  for (const holding of valuation.holdings) {
    const row = document.querySelector(`[data-holding="${CSS.escape(holding.symbol)}"]`);
    if (!row) continue;
    const cell = row.querySelector("[data-change]");
    if (cell.firstElementChild) putChange(cell.firstElementChild, holding.today_fraction);
    const effect = row.querySelector("[data-effect]");
    const text = signedRupees(holding.today);
    if (effect.textContent !== text) {
      effect.textContent = text;
      effect.classList.remove("tick-up", "tick-down");
    }
  }
}

const live = document.querySelector("[data-live]");
if (live) {
  let frame = 0;
  let newest = null;
  connect(`/ws/portfolio/?portfolio=${live.dataset.portfolio}`, {
    onState: tellState(live),
    onMessage: (message) => {
      if (message.type === "ledger.changed") { location.reload(); return; }
      if (message.type !== "valuation") return;
      newest = message;
      if (!frame) frame = requestAnimationFrame(() => { frame = 0; write(newest); });
    },
  });
}
connect("/ws/quotes/", {
  onOpen: (send) => send({ type: "subscribe", symbols: ["NIFTY50"] }),
  onMessage: (message) => {
    const nifty = message.quotes?.find((quote) => quote.symbol === "NIFTY50");
    if (!nifty || !(nifty.previous_close > 0)) return;
    const moved = nifty.price / nifty.previous_close - 1;
    put("nifty", price(nifty.price));
    change("nifty-change", moved);
    put("nifty-percent", percent(moved));
  },
});

