/* Segments: one choice filters every chart and the table; a changed picture is fetched anew. */

import { chartOf, setData, token } from "../js/charts.js";
import { count, headlineRupees, share } from "../js/format.js";
import { connect, tellState } from "../js/live.js";
import { byRisk, bySector, bySegment, byTier, points, profile, RISKS } from "./cube.js";

const $ = (selector) => document.querySelector(selector);
const $$ = (selector) => document.querySelectorAll(selector);
const summary = $("#segments-summary");
const membersAt = summary.dataset.members;
let data = JSON.parse($("#segments-data").textContent);
let table = { sort: "-value", page: 1 };

/* ------------------------------------------------------------ the filter */
const EMPTY = { tier: "", segment: "", risk: "", sector: null };
const asked = new URLSearchParams(location.search);
const filter = {
  tier: asked.get("tier") ?? "", segment: asked.get("segment") ?? "",
  risk: RISKS.includes(asked.get("risk")) ? asked.get("risk") : "",
  sector: data.sectors[Number(asked.get("sector"))] && asked.has("sector") ? Number(asked.get("sector")) : null,
};
const nameOf = (key) => data.segments.find((s) => s.key === key)?.name ?? key;
const title = (word) => word[0].toUpperCase() + word.slice(1);

function query() {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value !== EMPTY[name]) words.set(name, value);
  return words;
}

/* Choosing what is chosen takes it back. */
function choose(name, value) {
  filter[name] = filter[name] === value ? EMPTY[name] : value;
  if (name === "tier") filter.segment = "";
  if (name === "segment") filter.tier = "";
  $("[data-bars-segment]").value = "";
  table.page = 1;
  const words = query().toString();
  history.replaceState(null, "", words ? `?${words}` : location.pathname);
  show();
  loadMembers();
}

function showChips() {
  const said = {
    tier: (v) => `${title(v)} tier`, segment: nameOf, risk: (v) => `${title(v)} risk`, sector: (v) => data.sectors[v],
  };
  const chips = Object.keys(EMPTY).filter((name) => filter[name] !== EMPTY[name]).map((name) => {
    const chip = document.createElement("span");
    chip.className = "chip chip-on";
    const word = document.createElement("b");
    word.textContent = said[name](filter[name]);
    const off = document.createElement("button");
    off.type = "button";
    off.setAttribute("aria-label", `Clear ${word.textContent}`);
    const cross = document.createElement("i");
    cross.className = "bi bi-x-lg";
    off.append(cross);
    off.addEventListener("click", () => choose(name, filter[name]));
    chip.append(word, off);
    return chip;
  });
  $("[data-filters]").replaceChildren(...chips);
  $("[data-clear]").hidden = chips.length === 0;
}

/* ------------------------------------------------------------ the charts */
// Where small groups are left out, none shown does not mean none there.
const few = (customers) => (data.aggregate && !customers ? "under 10" : count(customers));

function showCards() {
  const rest = { ...filter, tier: "", segment: "" };
  const sums = new Map([...$$("[data-tier]")].map(({ dataset: { tier } }) => [tier, byTier(data, rest, tier)]));
  const all = [...sums.values()].reduce((sum, { value }) => sum + value, 0);
  for (const card of $$("[data-tier]")) {
    const { customers, value } = sums.get(card.dataset.tier);
    const put = (name, text) => { card.querySelector(`[data-card=${name}]`).textContent = text; };
    card.setAttribute("aria-pressed", String(filter.tier === card.dataset.tier));
    put("customers", few(customers));
    put("average", headlineRupees(customers ? value / customers : NaN));
    put("total", headlineRupees(value));
    put("share", share(all ? value / all : NaN, 0));
    card.querySelector("[data-card=bar]").setAttribute("width", all ? (100 * value) / all : 0);
  }
  for (const node of $$("[data-customers-of]")) {
    node.textContent = few(bySegment(data, rest, node.dataset.customersOf));
  }
  for (const button of $$("[data-segment]")) {
    button.setAttribute("aria-pressed", String(filter.segment === button.dataset.segment));
  }
}

function showRisk() {
  const counts = byRisk(data, filter);
  const [, , , unknown] = data.everyone.risk;
  $("[data-risk-unknown]").hidden = Boolean(query().size) || unknown === 0;
  $("[data-risk-unknown]").textContent = `${count(unknown)} more hold nothing, so they have no class`;
  const all = counts.reduce((a, b) => a + b, 0);
  const colours = ["s3", "s5", "s7"].map((name, i) => (!filter.risk || RISKS[i] === filter.risk ? name : "border"));
  setData($("#risk"), { labels: RISKS.map((r) => `${title(r)} risk`), values: counts, colours, keys: RISKS });
  $("[data-risk-all]").textContent = count(filter.risk ? counts[RISKS.indexOf(filter.risk)] : all);
  $$("[data-risk-n]").forEach((node, i) => { node.textContent = few(counts[i]); });
  $$("[data-risk-share]").forEach((node, i) => { node.textContent = share(all ? counts[i] / all : NaN); });
  $$("[data-risk]").forEach((button) => button.setAttribute("aria-pressed", String(filter.risk === button.dataset.risk)));
}

function showBars() {
  const picked = $("[data-bars-segment]").value;
  const unfiltered = !query().size;
  // Everyone together is the average by definition; the first segment says more.
  const key = picked || filter.segment || (unfiltered ? data.segments[0].key : "");
  const of = picked || unfiltered ? { ...EMPTY, segment: key } : filter;
  const rows = profile(data, of);
  const label = key ? nameOf(key) : "the chosen customers";
  $("[data-bars-of]").textContent = label;
  setData($("#distinct"), {
    labels: rows.map((r) => r.label), unit: "z", keys: rows.map(() => key),
    series: [{ label, key, colour: data.segments.find((s) => s.key === key)?.colour ?? "c1", values: rows.map((r) => r.score) }],
  });
}

function showSectors() {
  const rows = bySector(data, filter);
  setData($("#sectors"), {
    labels: rows.map((r) => r.name), unit: "count", keys: rows.map((r) => r.sector),
    series: [{
      label: "Customers", values: rows.map((r) => r.customers),
      colours: rows.map((r) => (filter.sector == null || filter.sector === r.sector ? "c1" : "border")),
    }],
  });
}

async function showMap() {
  const kept = points(data, filter);
  const series = data.segments.map((s, i) => ({ key: s.key, label: s.name, colour: s.colour, shape: Number(s.colour.slice(1)) - 1, points: kept[i] }))
    .filter((s) => s.points.length);
  if (data.own) series.push({ key: data.own.key, label: "You", colour: "text", shape: "star", points: [[data.own.x, data.own.y]] });
  await setData($("#map"), { x: `${title(data.axes[0])} →`, y: `${title(data.axes[1])} →`, series });
}

/* The whole map's reach, so that its axes hold still while points come and go. */
function reach(at) {
  const all = data.places.flat().map((place) => place[at]);
  if (data.own) all.push(at ? data.own.y : data.own.x);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const room = (high - low || 1) * 0.05;
  return { min: low - room, max: high + room };
}

/* Marks of the aggregate map grow with the customers they stand for; one's own stands out. */
function sizeMarks() {
  const chart = chartOf($("#map"));
  if (!chart) return;
  Object.assign(chart.options.scales.x, reach(0));
  Object.assign(chart.options.scales.y, reach(1));
  chart.data.datasets.forEach((set, i) => {
    const key = data.segments.findIndex((s) => s.name === set.label);
    if (set.pointStyle === "star") {
      Object.assign(set, { pointRadius: 9, borderWidth: 2 });
    } else if (data.aggregate) {
      const cells = points(data, filter)[key] ?? [];
      set.pointRadius = cells.map(([, , n]) => Math.min(14, 2 + Math.sqrt(n)));
    }
  });
  chart.update("none");
}

function show() {
  showChips();
  showCards();
  showRisk();
  showBars();
  showSectors();
  showMap();
}

/* --------------------------------------------------------------- members */
function loadMembers() {
  if (!membersAt) return;
  const words = query();
  words.set("sort", table.sort);
  words.set("page", table.page);
  window.htmx.ajax("GET", `${membersAt}?${words}`, { target: "#members", swap: "innerHTML" });
}

/* ------------------------------------------------------------ what is pressed */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-tier], button[data-segment], button[data-risk], [data-clear], [data-sort], [data-page]");
  if (!button) return;
  const { tier, segment, risk, sort, page } = button.dataset;
  if (tier) choose("tier", tier);
  else if (segment) choose("segment", segment);
  else if (risk) choose("risk", risk);
  else if (sort) { table = { sort, page: 1 }; loadMembers(); }
  else if (page) { table.page = Number(page); loadMembers(); }
  else { Object.assign(filter, EMPTY); choose("tier", ""); }
});
$("[data-bars-segment]").addEventListener("change", showBars);
$("#map").addEventListener("chart:drawn", sizeMarks);
$("#map").addEventListener("chart:choose", ({ detail }) => choose("segment", detail.key));
$("#risk").addEventListener("chart:choose", ({ detail }) => choose("risk", detail.key));
$("#distinct").addEventListener("chart:choose", ({ detail }) => { if (detail.key) choose("segment", detail.key); });
$("#sectors").addEventListener("chart:choose", ({ detail }) => {
  choose("sector", bySector(data, filter)[detail.index].sector);
});

/* ------------------------------------------------------ a changed picture */
let waiting = 0;
async function refresh() {
  waiting = 0;
  const answer = await fetch(summary.dataset.picture, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const known = data.segments.map((s) => s.key + s.name).join();
  data = await answer.json();
  // Other segments need other legends and columns: the whole page is asked for.
  if (data.segments.map((s) => s.key + s.name).join() !== known) { location.reload(); return; }
  await window.htmx.ajax("GET", summary.dataset.summary, { target: "#segments-summary", swap: "innerHTML" });
  show();
  loadMembers();
}
connect("/ws/segments/", {
  onMessage(message) {
    // A random wait, so that all open pages do not ask in the same instant.
    if (message.type === "segments.changed" && !waiting) waiting = setTimeout(refresh, Math.random() * 800);
  },
  onState: tellState($("[data-live]")),
});

show();
addEventListener("load", loadMembers, { once: true });
if (document.readyState === "complete") loadMembers();
