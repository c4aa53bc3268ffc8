/* The table behind each chart, and how its numbers are written. */

import { axisRupees, count, decimalsOf, headlineRupees, known, number, percent, price, rupees, share, signed } from "./format.js";

export function valueText(value, unit) {
  switch (unit) {
    case "rupees": return rupees(value, 0);
    case "percent": return percent(value);
    case "share": return share(value);
    case "z": return signed(value, 1);
    case "count": return count(value);
    case "headline": return headlineRupees(value);
    default: return price(value);
  }
}

/** A mark of an axis whose marks are `step` apart: as many decimals as tell them apart. */
export function axisText(value, unit, step) {
  if (!known(value)) return "";
  switch (unit) {
    case "rupees": return axisRupees(value, step);
    case "percent": return number(value * 100, decimalsOf(step * 100), { suffix: "%", signed: true });
    case "share": return number(value * 100, decimalsOf(step * 100), { suffix: "%" });
    case "z": return number(value, decimalsOf(step), { signed: true });
    default: return number(value, decimalsOf(step));
  }
}

/** The smallest distance between the marks of an axis. */
export function stepOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((value, i) => value - sorted[i]).filter((gap) => gap > 0);
  return gaps.length ? Math.min(...gaps) : Math.abs(sorted[0] ?? 0);
}

const day = new Intl.DateTimeFormat("en-IN", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const dayText = (iso) => day.format(new Date(iso));

/* Days: the last of each month once there are more than two months of them. */
function monthly(days) {
  const every = days.map((_, i) => i);
  if (days.length <= 62) return every.reverse();
  return every.filter((i) => i === days.length - 1 || days[i].slice(0, 7) !== days[i + 1].slice(0, 7)).reverse();
}

const MONTHS = { "1M": 1, "3M": 3, "6M": 6, "1Y": 12, "3Y": 36, "5Y": 60 };

/** Index of the first day of a chosen range; 0 for "ALL", or for more than there is. */
export function firstOf(days, range) {
  const months = MONTHS[range];
  if (!months || !days.length) return 0;
  const start = new Date(days[days.length - 1]);
  start.setUTCMonth(start.getUTCMonth() - months);
  const first = start.toISOString().slice(0, 10);
  return Math.max(0, days.findIndex((day) => day >= first));
}

/* A sheet takes a chart's data and its range, and gives head and rows; `of` names what its
   rows are where they are too many for one page. */
const sheets = {
  donut(data) {
    const total = data.values.reduce((sum, value) => sum + value, 0);
    return {
      head: ["What", "Value", "Share"],
      rows: data.labels.map((label, i) => [label, valueText(data.values[i], data.unit ?? "count"), share(data.values[i] / total)]),
    };
  },
  series(data) {
    return {
      head: ["What", ...data.series.map((s) => s.label)],
      rows: data.labels.map((label, i) => [label, ...data.series.map((s) => valueText(s.values[i], data.unit))]),
    };
  },
  scatter(data) {
    const mean = (points, at) => points.reduce((sum, p) => sum + p[at], 0) / points.length;
    return {
      head: ["What", "Points", `Mean: ${data.x}`, `Mean: ${data.y}`],
      rows: data.series.map((s) => [s.label, count(s.points.length), signed(mean(s.points, 0)), signed(mean(s.points, 1))]),
    };
  },
  compare(data) {
    return {
      head: ["Day", ...data.series.map((s) => s.label)],
      rows: monthly(data.t).map((i) => [dayText(data.t[i]), ...data.series.map((s) => valueText(s.values[i], data.unit ?? "rupees"))]),
    };
  },
  candles(data, range) {
    const shown = data.t.map((_, i) => i).slice(firstOf(data.t, range)).reverse();
    return {
      of: "sessions",
      head: ["Day", "Open", "High", "Low", "Close", "Volume"],
      rows: shown.map((i) => [dayText(data.t[i]), ...["o", "h", "l", "c"].map((k) => price(data[k][i])), count(data.v[i])]),
    };
  },
  fan(data) {
    const end = (values) => values[values.length - 1];
    return {
      head: ["What", "Value"],
      rows: [["Now", price(end(data.past))], ["High, 90%", price(end(data.hi))], ["Middle, 50%", price(end(data.mid))], ["Low, 10%", price(end(data.lo))]],
    };
  },
};

const A_PAGE = 60;

/** One page of what a chart shows: {head, rows, pages, words}; `words` say which rows these
    are, and are empty where they are all. */
export function pageOf(kind, data, { range, page = 0 } = {}) {
  const make = { bars: sheets.series, line: sheets.series, stack: (d) => sheets.series({ unit: "rupees", ...d }) }[kind] ?? sheets[kind];
  const { head, rows, of } = make(data, range);
  if (!of || rows.length <= A_PAGE) return { head, rows, pages: 1, words: "" };
  const from = page * A_PAGE;
  const shown = rows.slice(from, from + A_PAGE);
  return {
    head, rows: shown, pages: Math.ceil(rows.length / A_PAGE),
    words: `${count(from + 1)} to ${count(from + shown.length)} of ${count(rows.length)} ${of}, newest first`,
  };
}

/** A table element of such a page. */
export function tableOf({ head, rows }) {
  const table = document.createElement("table");
  table.className = "dtable dtable-dense";
  const fill = (row, cells, tag) => cells.forEach((text, i) => {
    const cell = document.createElement(i === 0 && tag === "td" ? "th" : tag);
    if (i > 0) cell.className = "r";
    cell.scope = tag === "th" ? "col" : i === 0 ? "row" : "";
    if (!cell.scope) cell.removeAttribute("scope");
    cell.textContent = text;
    row.append(cell);
  });
  fill(table.createTHead().insertRow(), head, "th");
  const body = table.createTBody();
  for (const cells of rows) fill(body.insertRow(), cells, "td");
  return table;
}
