/* Two groups side by side: segments, the present choice, everyone. Counted in slices of a few
   milliseconds, so that nothing else waits for it. */

import { count, headlineRupees, known, share, signed } from "../../js/format.js";
import { RISKS } from "./columns.js";
import { mean, median, overlap, scoresOf } from "./compare.js";
import { el, svg, title, valueText } from "./words.js";

const LONGEST_SLICE = 8;
const FULL = 2; // deviations that fill a bar
const SECTORS_SHOWN = 4;

export function comparison(root, { data, cross, onSides }) {
  const $ = (name) => root.querySelector(`[data-x-${name}]`);
  const sides = ["a", "b"].map((side) => root.querySelector(`[data-x-side=${side}]`));
  const heads = ["a", "b"].map((side) => root.querySelector(`[data-x-head=${side}]`));
  const choices = [["chosen", "The chosen customers"], ["everyone", "Everyone"], ...data.segments.map((s) => [s.key, s.name])];
  const scores = new Map();
  const kept = new Map(); // figures of groups that do not change
  let turn = 0;
  for (const select of sides) {
    select.replaceChildren(...choices.map(([value, label]) => el("option", { value }, label)));
    select.addEventListener("change", () => onSides(...sides.map((each) => each.value)));
  }

  const rowsOf = (group) => {
    if (group === "chosen") return cross.rows();
    const code = data.segments.findIndex((s) => s.key === group); // -1 for everyone
    const all = new Uint32Array(data.n);
    let n = 0;
    for (let i = 0; i < data.n; i++) if (code < 0 || data.columns.segment[i] === code) all[n++] = i;
    return all.subarray(0, n);
  };

  /* The lasting figures of a group: one object, filled measure by measure. */
  function groupOf(name) {
    if (kept.has(name)) return kept.get(name);
    const group = { name, rows: rowsOf(name), medians: new Map(), means: new Map() };
    if (name !== "chosen") kept.set(name, group);
    return group;
  }

  function card({ name, rows }) {
    const [risk, sectors, worth] = [[0, 0, 0, 0], new Uint32Array(data.sectors.length), data.columns.portfolio_value];
    let value = 0;
    for (const row of rows) {
      risk[data.columns.risk[row]]++;
      value += worth[row] || 0;
      for (let rest = data.columns.sectors[row]; rest; rest &= rest - 1) sectors[31 - Math.clz32(rest & -rest)]++;
    }
    const figure = (label, ...lines) => el("div", {}, el("dt", {}, label), ...lines.map((line, i) => el("dd", { className: i ? "faint num" : "num" }, line)));
    const most = [...sectors.keys()].sort((i, j) => sectors[j] - sectors[i]).slice(0, SECTORS_SHOWN).filter((i) => sectors[i]);
    return el(
      "article", { className: "panel xcard" },
      el("h3", { className: "xcard-name" }, choices.find(([key]) => key === name)[1]),
      el(
        "dl", { className: "xfigures" },
        figure("Customers", count(rows.length), `${share(rows.length / data.n, 0)} of those read`),
        figure("Value", headlineRupees(value)), figure("Average value", headlineRupees(rows.length ? value / rows.length : NaN)),
      ),
      el("dl", { className: "xsplit" }, ...RISKS.map((word, i) => figure(i ? title(word) : "Low risk", share(rows.length ? risk[i] / rows.length : NaN, 0)))),
      el("p", { className: "xlist" }, el("b", {}, "Sectors "), most.map((i) => `${data.sectors[i]} ${share(sectors[i] / rows.length, 0)}`).join(", ") || "none preferred"),
    );
  }

  function line(measure, [a, b]) {
    const pair = [a, b].map((group) => {
      if (!group.medians.has(measure.key)) group.medians.set(measure.key, median(data.columns[measure.key], group.rows));
      return group.medians.get(measure.key);
    });
    const cells = [
      el("th", { scope: "row" }, measure.label),
      ...pair.map((value) => el("td", { className: "r" }, valueText(measure, value))),
    ];
    if (!measure.yardstick) return el("tr", {}, ...cells, el("td", { className: "r quiet" }, "—"), el("td", { className: "hide-phone" }), el("td", { className: "r quiet" }, "—"));
    if (!scores.has(measure.key)) scores.set(measure.key, scoresOf(data, measure));
    const column = scores.get(measure.key);
    const [x, y] = [a, b].map((group) => {
      if (!group.means.has(measure.key)) group.means.set(measure.key, mean(column, group.rows));
      return group.means.get(measure.key);
    });
    const apart = x - y;
    const drawn = svg("svg", { class: "apart", viewBox: "0 0 160 12", "aria-hidden": "true" });
    if (known(apart)) {
      const width = Math.min(80, (80 * Math.abs(apart)) / FULL);
      drawn.append(svg("rect", { class: apart > 0 ? "more" : "less", x: apart > 0 ? 80 : 80 - width, y: 1, width, height: 10 }));
    }
    drawn.append(svg("line", { x1: 80, x2: 80, y1: 0, y2: 12 }));
    return el(
      "tr", {}, ...cells, el("td", { className: "r" }, signed(apart, 2)), el("td", { className: "hide-phone" }, drawn),
      el("td", { className: "r" }, share(overlap(column, a.rows, b.rows), 0)),
    );
  }

  return {
    /** Count anew; a call that comes meanwhile ends the one before it. */
    async settle([left, right]) {
      const own = ++turn;
      sides[0].value = left;
      sides[1].value = right;
      const groups = [left, right].map(groupOf);
      groups.forEach((group, i) => { heads[i].textContent = choices.find(([key]) => key === group.name)[1]; });
      const cards = groups.map(card);
      const lines = [];
      let began = performance.now();
      for (const measure of data.measures.filter((m) => m.unit !== "place")) {
        lines.push(line(measure, groups));
        if (performance.now() - began > LONGEST_SLICE) {
          await new Promise((resolve) => { setTimeout(resolve); });
          if (own !== turn) return;
          began = performance.now();
        }
      }
      $("compared").replaceChildren(...cards);
      $("compare").replaceChildren(...lines);
    },
    stop() { turn++; },
    knows: (group) => choices.some(([key]) => key === group),
  };
}
