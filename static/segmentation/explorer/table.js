/* The chosen customers, fifty a page, in the order of any column. */

import { count, put } from "../../js/format.js";
import { ascending, PLACES, RISKS } from "./columns.js";
import { el, title, valueText } from "./words.js";

const A_PAGE = 50;
const ALWAYS = ["portfolio_value", "annual_income", "risk_score", "revealed_risk", "total_return", "return_1y"];
const NARROW = new Set(["portfolio_value", "return_1y"]);

export function table(root, { data, cross, addressOf, onSort, onTurn }) {
  const $ = (name) => root.querySelector(`[data-x-${name}]`);
  const [heads, body, words, pageNumber] = [$("heads"), $("rows"), $("page-words"), $("page-number")];
  const [back, on] = root.querySelectorAll("[data-x-turn]");
  const orders = new Map();
  let columns = [];
  let rows = [];
  for (const button of [back, on]) button.addEventListener("click", () => onTurn(Number(button.dataset.xTurn)));

  const orderOf = (key) => {
    if (!orders.has(key)) orders.set(key, ascending(data.columns[key]));
    return orders.get(key);
  };
  const text = {
    segment: (row) => data.segments[data.columns.segment[row]].name,
    risk: (row) => title(RISKS[data.columns.risk[row]]),
  };
  const measured = (key) => {
    const measure = data.measureOf.get(key);
    return { key, label: measure.label, text: (row) => valueText(measure, data.columns[key][row]), right: true, hide: !NARROW.has(key) };
  };
  const wanted = (axes) => [
    { key: "number", label: "Customer", link: true },
    { key: "segment", label: "Segment", text: text.segment, hide: true },
    ...ALWAYS.map(measured),
    { key: "risk", label: "Risk class", text: text.risk, hide: true },
    ...[...new Set(axes)].filter((key) => !ALWAYS.includes(key) && !PLACES.includes(key)).map(measured),
  ];

  function build(now) {
    columns = now;
    const hidden = ({ hide, right }) => `${right ? "r" : ""}${hide ? " hide-phone" : ""}`.trim();
    heads.replaceChildren(...columns.map((column) => {
      const button = el("button", { className: "sort", type: "button" }, column.label);
      button.addEventListener("click", () => onSort(column.key));
      return el("th", { scope: "col", className: hidden(column) }, button);
    }));
    rows = Array.from({ length: A_PAGE }, () => {
      const cells = columns.map((column) => (column.link
        ? el("a", { className: "num" }) : el("span")));
      const line = el("tr", { hidden: true }, ...cells.map((cell, i) => el("td", { className: hidden(columns[i]) }, cell)));
      return { line, cells };
    });
    body.replaceChildren(...rows.map(({ line }) => line));
  }

  return {
    draw({ axes, sort, page, customers }) {
      const now = wanted(axes);
      if (now.map((c) => c.key).join() !== columns.map((c) => c.key).join()) build(now);
      const backwards = sort.startsWith("-");
      const key = sort.replace("-", "");
      const shown = cross.page(orderOf(key), (page - 1) * A_PAGE, A_PAGE, backwards);
      rows.forEach(({ line, cells }, i) => {
        line.hidden = i >= shown.length;
        if (line.hidden) return;
        cells.forEach((cell, c) => {
          if (columns[c].link) {
            const number = data.columns.number[shown[i]];
            put(cell, `C-${number}`);
            cell.setAttribute("href", addressOf(number));
          } else put(cell, columns[c].text(shown[i]));
        });
      });
      [...heads.children].forEach((head, i) => {
        if (columns[i].key === key) head.setAttribute("aria-sort", backwards ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
      const pages = Math.max(1, Math.ceil(customers / A_PAGE));
      put(words, customers ? `${count(customers)} chosen` : "Nobody fits: clear one of the choices above");
      put(pageNumber, `Page ${count(page)} of ${count(pages)}`);
      back.disabled = page <= 1;
      on.disabled = page >= pages;
    },
    pages: (customers) => Math.max(1, Math.ceil(customers / A_PAGE)),
    sortable: (key) => columns.length === 0 || key in data.columns,
  };
}
