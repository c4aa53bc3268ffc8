/* Search, sector, size, gainers and losers, and the order: kept in the address, so that a
   view can be shared and survives a reload. */

import { fold } from "./rows.js";

const FIRST = { q: "", sector: "", cap: "", tab: "all", sort: "turnover", descending: true };

/**
 * Wire the controls of the live table.
 *
 * @param {Map<string, Row>} rows
 * @param {function} show called with a test for a row whenever a choice changes
 */
export function filters(rows, show) {
  const state = { ...FIRST };
  const given = new URLSearchParams(location.search);
  for (const name of ["q", "sector", "cap", "tab", "sort"]) {
    if (given.has(name)) state[name] = given.get(name);
  }
  if (given.has("up")) state.descending = false;
  let found = new Set(); // symbols the server found by ISIN, old name or a slip of the finger
  let asked = 0;
  let timer = 0;

  const text = document.querySelector("[data-filter-text]");
  const sector = document.querySelector("[data-filter-sector]");
  const cap = document.querySelector("[data-filter-cap]");
  const tabs = [...document.querySelectorAll("[data-tab]")];
  const heads = [...document.querySelectorAll("th[data-sort]")];

  const match = (row) => {
    const { quote } = row;
    if (state.sector && quote.sector !== state.sector) return false;
    if (state.cap && quote.cap_class !== state.cap) return false;
    if (state.tab === "up" && !(quote.change_fraction > 0)) return false;
    if (state.tab === "down" && !(quote.change_fraction < 0)) return false;
    const words = fold(state.q);
    return !words || row.words.includes(words) || found.has(quote.symbol);
  };
  const write = () => {
    for (const tab of tabs) {
      const on = tab.dataset.tab === state.tab;
      tab.setAttribute("aria-pressed", String(on));
      tab.classList.toggle("active", on);
    }
    for (const head of heads) {
      if (head.dataset.sort === state.sort) head.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    for (const size of cap.querySelectorAll("button")) size.setAttribute("aria-pressed", String(size.value === state.cap));
    const address = new URLSearchParams();
    for (const name of ["q", "sector", "cap", "tab", "sort"]) if (state[name] !== FIRST[name]) address.set(name, state[name]);
    if (!state.descending) address.set("up", "");
    const query = address.toString();
    history.replaceState(null, "", query ? `?${query}` : location.pathname);
  };
  const apply = () => { write(); show(match); };

  const ask = async () => {
    const turn = ++asked;
    const words = state.q.trim();
    found = new Set();
    if (words.length < 2) return;
    try {
      const answer = await fetch(`/market/search/?q=${encodeURIComponent(words)}`);
      if (!answer.ok || turn !== asked) return;
      found = new Set((await answer.json()).results.map((item) => item.symbol));
      apply();
    } catch { /* the words on the page still filter */ }
  };

  text.value = state.q;
  sector.value = state.sector;
  text.addEventListener("input", () => {
    state.q = text.value;
    found = new Set();
    apply();
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  });
  sector.addEventListener("change", () => { state.sector = sector.value; apply(); });
  cap.addEventListener("seg:choose", (event) => { state.cap = event.detail.value; apply(); });
  for (const tab of tabs) tab.addEventListener("click", () => { state.tab = tab.dataset.tab; apply(); });
  for (const head of heads) {
    head.querySelector("button").addEventListener("click", () => {
      state.descending = state.sort === head.dataset.sort ? !state.descending : head.dataset.sort !== "symbol";
      state.sort = head.dataset.sort;
      apply();
    });
  }
  document.querySelector("[data-filter-clear]").addEventListener("click", () => {
    Object.assign(state, { q: "", sector: "", cap: "", tab: "all" });
    text.value = "";
    sector.value = "";
    apply();
    text.focus();
  });
  if (state.q) ask();
  return { apply, state: () => state };
}
