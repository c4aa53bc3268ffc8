/* Live values: every figure of the page that moves with prices, from /ws/portfolio/. */

import { headlineRupees, percent, price, putChange, rupees, signedRupees } from "../js/format.js";
import { connect, tellState, watchAges } from "../js/live.js";

/* The same money in the benchmark: units bought by the contributions, and how much more the
   portfolio has paid out than they have. */
const source = document.getElementById("same-money");
const same = source ? JSON.parse(source.textContent) : null;
const sameNow = (m) => (same && m.benchmark?.price ? same.units * m.benchmark.price : null);

function leadText(m) {
  const theirs = sameNow(m);
  if (theirs === null) return null;
  const lead = m.value + same.taken - theirs;
  return `${headlineRupees(Math.abs(lead))} ${lead >= 0 ? "more" : "less"}`;
}

const writers = {
  lead: leadText,
  same: (m) => (sameNow(m) === null ? null : headlineRupees(sameNow(m))),
  headline: (m) => headlineRupees(m.value),
  value: (m) => rupees(m.value, m.value < 1e7 ? 2 : 0),
  value0: (m) => rupees(m.value, 0),
  today: (m) => signedRupees(m.today),
  unrealised: (m) => signedRupees(m.unrealised),
  total: (m) => signedRupees(m.total),
};
const changes = { today_fraction: 2, unrealised_fraction: 1, total_fraction: 1 };
const calm = matchMedia("(prefers-reduced-motion: reduce)");

function putText(element, text) {
  if (text !== null && element.textContent !== text) element.textContent = text;
}

/* A change sits in a .chg of its own inside the cell; make one where a dash stood. */
function putFraction(element, value, decimals) {
  if (value === null) return;
  let inner = element.querySelector(".chg");
  if (!inner) {
    inner = document.createElement("span");
    inner.className = "chg";
    element.replaceChildren(inner);
  }
  putChange(inner, value, percent(value, decimals));
}

function flash(cell, before, now) {
  if (calm.matches || before === now || Number.isNaN(before)) return;
  const name = now > before ? "tick-up" : "tick-down";
  cell.classList.remove("tick-up", "tick-down");
  requestAnimationFrame(() => cell.classList.add(name));
}

function putHolding(row, holding) {
  if (holding.value === null) return;
  const cell = (name) => row.querySelector(`[data-cell="${name}"]`);
  flash(cell("price"), Number(row.dataset.price), holding.price);
  putText(cell("price"), price(holding.price));
  putText(cell("value"), rupees(holding.value, 0));
  for (const each of row.querySelectorAll('[data-cell="today"]')) {
    putFraction(each, holding.today_fraction, 2);
  }
  putText(cell("profit"), signedRupees(holding.profit));
  putFraction(cell("profit_fraction"), holding.profit_fraction, 1);
  Object.assign(row.dataset, {
    price: holding.price, value: holding.value, profit: holding.profit,
    today: holding.today_fraction ?? "",
  });
}

function show(message) {
  for (const element of document.querySelectorAll("[data-figure]")) {
    const name = element.dataset.figure;
    if (name in changes) putFraction(element, message[name], changes[name]);
    else if (message.value !== null) putText(element, writers[name](message));
  }
  for (const holding of message.holdings) {
    const row = document.querySelector(`[data-holding="${CSS.escape(holding.symbol)}"]`);
    if (row) putHolding(row, holding);
  }
  const oldest = document.querySelector("[data-oldest]");
  if (oldest && message.oldest) oldest.dataset.at = message.oldest;
}

const changed = document.querySelector("[data-changed]");

const live = document.querySelector("[data-live]");

connect(`/ws/portfolio/?portfolio=${live?.dataset.portfolio ?? ""}`, {
  onMessage(message) {
    if (message.type === "valuation") show(message);
    else if (message.type === "ledger.changed" && changed) changed.hidden = false;
  },
  onState: tellState(live),
});
watchAges();
