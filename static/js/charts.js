/* Charts by declaration:

     {{ curve|json_script:"value-curve" }}
     <div class="chart chart-240" id="curve" data-chart="compare" data-src="value-curve"
          role="img" aria-label="..."></div>
     <details class="working" data-table-of="curve"><summary>View as table</summary></details>

   Kinds and the JSON they take stand in chart-kinds.js (Chart.js) and price-kinds.js
   (lightweight-charts); each library is fetched only by a page that uses it. Colours are
   names of tokens ("c1", "s5", "up"), so that every chart follows the theme.
   A press on a slice, bar or point sends "chart:choose" with {index, key, series}. */

import { pageOf, tableOf } from "./chart-tables.js";

const loaders = {
  chart: () => import("./chart-kinds.js"),
  price: () => import("./price-kinds.js"),
};
const family = {
  donut: "chart", bars: "chart", scatter: "chart", stack: "chart", fan: "chart", line: "chart",
  compare: "price", candles: "price",
};
const drawn = new Map(); // element -> {end, chart}
const given = new WeakMap(); // element -> data set by script

/** The value of a colour token at this moment. */
export const token = (name) => getComputedStyle(document.documentElement)
  .getPropertyValue(`--f-${name}`).trim();

/** Data of a chart element: what a script set, else its json_script. */
export function dataOf(element) {
  if (!given.has(element)) {
    const source = document.getElementById(element.dataset.src);
    given.set(element, source ? JSON.parse(source.textContent) : null);
  }
  return given.get(element);
}

/** Give a chart other data and draw it anew. */
export function setData(element, data) {
  given.set(element, data);
  const table = document.querySelector(`[data-table-of="${element.id}"]`);
  if (element.id && table) fillTable(table);
  return draw(element);
}

/** The Chart.js or lightweight-charts object of an element, once drawn. */
export const chartOf = (element) => drawn.get(element)?.chart;

/** Draw one chart; resolves when it stands. */
export async function draw(element) {
  const kind = element.dataset.chart;
  const data = dataOf(element);
  if (!data) return;
  const kinds = await loaders[family[kind]]();
  await kinds.ready;
  drawn.get(element)?.end();
  drawn.set(element, kinds[kind](element, data, { token }));
  element.dispatchEvent(new CustomEvent("chart:drawn", { bubbles: true }));
}

/** Draw every chart below a node, such as one that htmx has just put in. */
export function drawAll(root = document) {
  for (const [element, { end }] of drawn) {
    if (!element.isConnected) { end(); drawn.delete(element); }
  }
  return Promise.all([...root.querySelectorAll("[data-chart]")].map(draw));
}

/* A long table comes in pages, of the range that the chart shows. */
function fillTable(details) {
  const element = document.getElementById(details.dataset.tableOf);
  for (const former of details.querySelectorAll(".table-wrap, .table-pages")) former.remove();
  const wrap = document.createElement("div");
  wrap.className = "table-wrap table-tall";
  wrap.tabIndex = 0;
  wrap.setAttribute("role", "group");
  wrap.setAttribute("aria-label", "Table");
  const said = document.createElement("span");
  said.className = "num";
  said.setAttribute("role", "status");
  const turn = (text, by) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn btn-outline-secondary btn-sm", textContent: text });
    button.addEventListener("click", () => {
      show(page + by);
      if (button.disabled) wrap.focus(); // a disabled button would lose the keyboard's place
    });
    return button;
  };
  const [newer, older] = [turn("Newer", -1), turn("Older", 1)];
  let page = 0;
  const show = (wanted) => {
    page = wanted;
    const shown = pageOf(element.dataset.chart, dataOf(element), { range: element.dataset.range, page });
    wrap.replaceChildren(tableOf(shown));
    wrap.scrollTop = 0;
    said.textContent = shown.words;
    newer.disabled = page === 0;
    older.disabled = page >= shown.pages - 1;
    return shown.pages;
  };
  details.append(wrap);
  if (show(0) > 1) {
    const foot = document.createElement("div");
    const buttons = document.createElement("span");
    [foot.className, buttons.className] = ["panel-foot table-pages", "actions"];
    buttons.append(newer, older);
    foot.append(said, buttons);
    details.append(foot);
  }
}
document.addEventListener("toggle", (event) => {
  const details = event.target;
  if (details.open && details.dataset?.tableOf && !details.querySelector(".table-wrap")) fillTable(details);
}, true);

/* <div class="seg" data-range-of="curve"> with buttons value="1M" ... "ALL". */
document.addEventListener("seg:choose", (event) => {
  const of = event.target.dataset.rangeOf;
  if (!of) return;
  const element = document.getElementById(of);
  element.dataset.range = event.detail.value;
  drawn.get(element)?.show?.(event.detail.value);
  const table = document.querySelector(`[data-table-of="${of}"]`);
  if (table?.querySelector(".table-pages, .table-wrap")) fillTable(table);
});

addEventListener("finseg:theme", () => drawAll());
document.addEventListener("htmx:afterSettle", (event) => drawAll(event.target));
drawAll();
