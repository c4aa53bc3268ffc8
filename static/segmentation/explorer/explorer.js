/* The explorer: one filter over all charts and the table, kept in the address. A frame draws
   whatever changed since the last; what takes longer follows once nothing moves. */

import { count, put } from "../../js/format.js";
import { connect, tellState } from "../../js/live.js";
import { bars } from "./bars.js";
import { PLACES, RISKS, TIERS, unpack } from "./columns.js";
import { comparison } from "./comparison.js";
import { Crossfilter } from "./crossfilter.js";
import { donut } from "./donut.js";
import { empty, fromDocument, fromQuery, intoQuery, isEmpty, ranged, toDocument, toggled } from "./filter.js";
import { histogram } from "./histogram.js";
import { scatter } from "./scatter.js";
import { table } from "./table.js";
import { boundText, el, title } from "./words.js";

const root = document.querySelector("#explorer");
const $ = (name) => root.querySelector(`[data-x-${name}]`);
const PAUSE = 400; // in a drag, until what takes longer is worked out all the same
const START = { x: "map_x", y: "map_y", h0: "portfolio_value", h1: "risk_score", sort: "-portfolio_value", page: 1, worth: "customers", a: "chosen", b: "everyone" };

const pristine = $("charts").cloneNode(true);
let data = null;
let etag = "";
let cross = null;
let views = null;
let filter = empty();
let look = { ...START };
let hover = null;
let asked = 0;
let pause = 0;

/* ------------------------------------------------------------ the address */
function address() {
  const words = intoQuery(filter, new URLSearchParams());
  for (const [name, value] of Object.entries(look)) if (value !== START[name]) words.set(name, value);
  // Commas and dots may stand in an address as they are.
  const text = words.toString().replaceAll("%2C", ",");
  return text ? `?${text}` : location.pathname;
}

function readAddress() {
  const words = new URLSearchParams(location.search);
  filter = fromQuery(words, data);
  look = { ...START };
  const measures = new Set(data.measures.map((m) => m.key));
  for (const name of ["x", "y"]) if (measures.has(words.get(name))) look[name] = words.get(name);
  for (const name of ["h0", "h1"]) if (measures.has(words.get(name)) && !PLACES.includes(words.get(name))) look[name] = words.get(name);
  for (const name of ["a", "b"]) if (views.comparison.knows(words.get(name))) look[name] = words.get(name);
  const sort = words.get("sort");
  if (sort && (sort.replace("-", "") in data.columns)) look.sort = sort;
  look.page = Math.max(1, Math.trunc(Number(words.get("page"))) || 1);
  if (words.get("worth") === "value") look.worth = "value";
}

/* Each finished step is one step back. */
function commit() {
  if (address() !== location.pathname + location.search && address() !== location.search) history.pushState(null, "", address());
}

/* ------------------------------------------------------------ what changes */
function choose(part, value) {
  filter = toggled(filter, part, value);
  look.page = 1;
  commit();
  draw(0);
}

/* `undefined` ends a drag: what it made is one step. */
function ranges(changes, dragging = false) {
  for (const [key, ends] of Object.entries(changes ?? {})) filter = ranged(filter, key, ends);
  look.page = 1;
  if (!dragging) commit();
  draw(dragging ? PAUSE : 0);
}
const oneRange = (key, ends, dragging) => ranges(ends === undefined ? undefined : { [key]: ends }, dragging);

function see(changes) {
  look = { ...look, ...changes };
  commit();
  draw(0);
}

function light(group) {
  if (hover?.part === group?.part && hover?.value === group?.value) return;
  hover = group;
  cross.light(group);
  // What a segment has of other bars is lit in its own colour; what any other group has, in none.
  const colour = group?.part === "segments" ? data.segments.find((s) => s.key === group.value)?.colour : null;
  if (colour) root.dataset.lit = colour;
  else delete root.dataset.lit;
  draw();
}

/* ------------------------------------------------------------------ chips */
const nameOf = (key) => data.segments.find((s) => s.key === key)?.name ?? `${key}, not in this run`;
const SAID = {
  segments: nameOf, tiers: (v) => `${title(v)} tier`, risks: (v) => `${title(v)} risk revealed`,
  stated: (v) => `${title(v)} risk stated`, sectors: (v) => data.sectors[v],
};

function rangeWords(key, [low, high]) {
  const measure = data.measureOf.get(key);
  const [a, b] = [low, high].map((end) => (end === null ? "" : boundText(measure, end)));
  if (low === null) return `${measure.label} up to ${b}`;
  return high === null ? `${measure.label} from ${a}` : `${measure.label} ${a} to ${b}`;
}

function chip(words, off) {
  const button = el("button", { type: "button", "aria-label": `Clear ${words}` }, el("i", { className: "bi bi-x-lg" }));
  button.addEventListener("click", off);
  return el("span", { className: "chip chip-on" }, el("b", {}, words), button);
}

let chipsSaid = "";
function showChips() {
  const now = JSON.stringify(filter);
  if (now === chipsSaid) return;
  chipsSaid = now;
  $("chips").replaceChildren(
    ...Object.keys(SAID).flatMap((part) => filter[part].map((value) => chip(SAID[part](value), () => choose(part, value)))),
    ...Object.entries(filter.ranges).map(([key, ends]) => chip(rangeWords(key, ends), () => oneRange(key, null))),
  );
  $("clear").hidden = isEmpty(filter);
  const kept = toDocument(filter);
  $("unsavable").hidden = kept !== null;
  root.querySelector("[data-x-save] [type=submit]").disabled = kept === null;
  root.querySelector("[data-x-save] [name=document]").value = JSON.stringify(kept ?? {});
  const list = $("campaign");
  if (list) {
    list.hidden = kept === null;
    list.href = `${list.pathname}?${new URLSearchParams({ filter: JSON.stringify(kept ?? {}) })}`;
  }
}

/* ------------------------------------------------------------------- draw */
let last = null;
function frame() {
  asked = 0;
  const began = performance.now();
  cross.apply(filter);
  last = cross.count([look.h0, look.h1]);
  views.scatter.draw({ x: look.x, y: look.y, ranges: filter.ranges, hovering: hover !== null });
  views.donut.draw(last.risks, filter.risks, hover?.part === "risks" ? hover.value : null);
  for (const part of Object.keys(SAID)) views[part].draw(last[part], filter[part], look.worth);
  views.h0.draw(last, look.h0, filter.ranges[look.h0]);
  views.h1.draw(last, look.h1, filter.ranges[look.h1]);
  showChips();
  performance.measure("explorer:frame", { start: began });
}

/* Draw in the next frame; `settleIn` milliseconds later follows the rest, where it changes. */
function draw(settleIn = null) {
  if (!asked) asked = requestAnimationFrame(frame);
  if (settleIn === null) return;
  clearTimeout(pause);
  views.comparison.stop();
  pause = setTimeout(settle, settleIn);
}

/* The table, the sentence and the comparison follow when the filter stands still. */
function settle() {
  if (asked) { pause = setTimeout(settle, 10); return; }
  const { customers } = last;
  look.page = Math.min(look.page, views.table.pages(customers));
  views.table.draw({ axes: [look.x, look.y], sort: look.sort, page: look.page, customers });
  const each = data.everyone / data.n;
  const about = each > 1.0005 ? `, about ${count(customers * each)} of all` : "";
  put($("count"), `${count(customers)} of ${count(data.n)} customers${isEmpty(filter) ? "" : " chosen"}${about}`);
  views.scatter.settle(`${count(customers)} customers`);
  views.h0.settle();
  views.h1.settle();
  views.comparison.settle([look.a, look.b]);
}

/* ------------------------------------------------------------------- load */
async function fetchColumns() {
  const answer = await fetch(root.dataset.columns, { headers: etag ? { "If-None-Match": etag } : {} });
  if (answer.status === 304) return null;
  if (!answer.ok) throw new Error(`The server answered ${answer.status}`);
  etag = answer.headers.get("ETag") ?? "";
  const reader = answer.body.getReader();
  const parts = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
    put($("progress"), `${(size / 1e6).toFixed(1)} MB so far`);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) { bytes.set(part, at); at += part.length; }
  return unpack(bytes.buffer);
}

const addressOf = (number) => root.dataset.customer.replace(/0\/$/, `${number}/`);

function build() {
  cross = new Crossfilter(data);
  const list = (part, items) => bars(root.querySelector(`[data-x-bars=${part}]`), items, {
    choose: (value) => choose(part, value),
    hover: (value) => light(value === null ? null : { part, value }),
  });
  const named = (values, classes) => values.map((value, i) => ({ value, label: title(value), keyClass: classes?.[i] }));
  const riskKeys = ["s3", "s5", "s7", "xkey3"];
  views = {
    segments: list("segments", data.segments.map((s) => ({ value: s.key, label: s.name, keyClass: `k${s.colour.slice(1)}` }))),
    tiers: list("tiers", named(TIERS)),
    risks: list("risks", named(RISKS, riskKeys)),
    stated: list("stated", named(RISKS)),
    sectors: list("sectors", data.sectors.map((label, value) => ({ value, label }))),
    donut: donut($("donut"), $("donut-all"), RISKS, {
      choose: (value) => choose("risks", value), hover: (value) => light(value && { part: "risks", value }),
    }),
    h0: histogram(root.querySelector("[data-x-histogram='0']"), { cross, onRange: oneRange, onOf: (key) => see({ h0: key }) }),
    h1: histogram(root.querySelector("[data-x-histogram='1']"), { cross, onRange: oneRange, onOf: (key) => see({ h1: key }) }),
    scatter: scatter(root, {
      data, cross, addressOf, onRanges: ranges, onHover: (key) => light(key && { part: "segments", value: key }),
    }),
    table: table(root, {
      data, cross, addressOf,
      onSort: (key) => see({ sort: look.sort === `-${key}` ? key : `-${key}`, page: 1 }),
      onTurn: (step) => see({ page: look.page + step }),
    }),
    comparison: comparison(root, { data, cross, onSides: (a, b) => see({ a, b }) }),
  };
}

function tellSample() {
  const { n, everyone } = data;
  put(document.querySelector("[data-x-sample]"), n < everyone
    ? `${count(n)} of ${count(everyone)} customers, an even sample: each stands for ${(everyone / n).toFixed(1)}`
    : `All ${count(n)} customers of run ${data.run}`);
}

function showAxes() {
  for (const select of root.querySelectorAll("[data-x-axis]")) select.value = look[select.dataset.xAxis];
  for (const button of root.querySelectorAll("[data-x-worth] button")) button.setAttribute("aria-pressed", String(button.value === look.worth));
}

async function load() {
  let fresh;
  try {
    fresh = await fetchColumns();
  } catch (error) {
    put($("progress"), `${error.message}. Nothing is shown; load the page again.`);
    return;
  }
  $("newer").hidden = true;
  if (fresh === null) return;
  data = fresh;
  // Charts of former data go with all they listen to.
  if (cross) $("charts").replaceWith(pristine.cloneNode(true));
  $("loading").hidden = true;
  $("body").hidden = false;
  hover = null;
  delete root.dataset.lit;
  build();
  listenToCharts();
  chipsSaid = "";
  readAddress();
  tellSample();
  showAxes();
  draw(0);
}

/* ------------------------------------------------------- what is pressed */
const again = () => { if (cross) { views.scatter.relay(); draw(); } };
const resized = new ResizeObserver(again);

function listenToCharts() {
  for (const select of root.querySelectorAll("[data-x-axis]")) {
    select.addEventListener("change", () => see({ [select.dataset.xAxis]: select.value }));
  }
  root.querySelector("[data-x-worth]").addEventListener("seg:choose", ({ detail }) => see({ worth: detail.value }));
  resized.disconnect();
  resized.observe($("plot"));
}

function listen() {
  $("clear").addEventListener("click", () => { filter = empty(); see({ page: 1 }); });
  $("reload").addEventListener("click", () => { put($("progress"), ""); load(); });
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-x-apply]");
    if (!button) return;
    filter = fromDocument(JSON.parse(button.dataset.xApply), data);
    see({ page: 1 });
  });
  addEventListener("popstate", () => { readAddress(); showAxes(); draw(0); });
  addEventListener("finseg:theme", again);
  // A refusal of the form is an answer, too: it says why, and the list stays.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.xhr.status === 422) { detail.shouldSwap = true; detail.isError = false; }
  });
}

connect("/ws/segments/", {
  onMessage(message) {
    if (message.type === "segments.changed" && data && (message.run !== data.run || message.version !== data.version)) $("newer").hidden = false;
  },
  onState: tellState(root.querySelector("[data-live]")),
});
listen();
load();
