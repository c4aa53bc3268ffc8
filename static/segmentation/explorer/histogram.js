/* How one measure is spread, with a range to drag; what else the filter leaves out is not drawn,
   what only this range leaves out is grey. */

import { count, put } from "../../js/format.js";
import { fromAxis, onAxis } from "./columns.js";
import { BINS } from "./crossfilter.js";
import { rangeInputs } from "./ranges.js";
import { rounded, svg, tableOf, valueText } from "./words.js";

const [WIDTH, HEIGHT] = [400, 100];

export function histogram(root, { cross, onRange, onOf }) {
  const $ = (name) => root.querySelector(`[data-x-${name}]`);
  const [area, bins, of, details] = [$("area"), $("bins"), $("of"), $("hist-table")];
  const step = WIDTH / BINS;
  const layer = (name) => Array.from({ length: BINS }, (_, i) => svg("rect", { class: name, x: i * step, width: step - 1, y: HEIGHT, height: 0 }));
  const [outside, inside, lit] = [layer("out"), layer("in"), layer("lit")];
  const cut = svg("rect", { class: "cut", y: 0, height: HEIGHT, width: 0 });
  bins.replaceChildren(...outside, ...inside, ...lit, cut);
  const inputs = rangeInputs($("range"), onRange);
  let axis = null;
  let last = null;
  of.addEventListener("change", () => onOf(of.value));

  const placeOf = (event) => {
    const box = area.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    return fromAxis(axis.measure, axis.low + share * (axis.high - axis.low));
  };
  let from = null;
  area.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    area.setPointerCapture(event.pointerId);
    from = { x: event.clientX, value: placeOf(event), moved: false };
  });
  area.addEventListener("pointermove", (event) => {
    if (!from || (!from.moved && Math.abs(event.clientX - from.x) < 4)) return;
    from.moved = true;
    const ends = [from.value, placeOf(event)].sort((a, b) => a - b).map(rounded);
    onRange(axis.measure.key, ends, true);
  });
  const end = () => {
    if (from && !from.moved) onRange(axis.measure.key, null);
    else if (from) onRange(axis.measure.key, undefined);
    from = null;
  };
  area.addEventListener("pointerup", end);
  area.addEventListener("pointercancel", end);

  const bar = (rect, size, most, base = 0) => {
    const height = most ? (HEIGHT * size) / most : 0;
    rect.setAttribute("y", HEIGHT - height - base);
    rect.setAttribute("height", height);
    return height;
  };
  const fill = () => {
    const rows = Array.from({ length: BINS }, (_, i) => {
      const at = (k) => valueText(axis.measure, fromAxis(axis.measure, axis.low + (k * (axis.high - axis.low)) / BINS));
      return [`${at(i)} to ${at(i + 1)}`, count(last.inside[i])];
    }).filter((_, i) => last.inside[i]);
    details.querySelector(".table-wrap").replaceChildren(tableOf([axis.measure.label, "Customers"], rows));
  };
  details.addEventListener("toggle", () => { if (details.open && last) fill(); });

  return {
    draw(result, key, ends) {
      axis = cross.axis(key);
      of.value = key;
      last = result.histograms[key];
      let most = 0;
      for (let i = 0; i < BINS; i++) most = Math.max(most, last.inside[i] + last.outside[i]);
      for (let i = 0; i < BINS; i++) {
        const base = bar(inside[i], last.inside[i], most);
        bar(outside[i], last.outside[i], most, base);
        bar(lit[i], last.lit[i], most);
      }
      const x = (value, open) => (value === null || value === undefined ? open
        : Math.max(0, Math.min(WIDTH, (WIDTH * (onAxis(axis.measure, value) - axis.low)) / (axis.high - axis.low))));
      const [left, right] = [x(ends?.[0], 0), x(ends?.[1], WIDTH)];
      cut.setAttribute("x", left);
      cut.setAttribute("width", ends ? Math.max(0, right - left) : 0);
      put($("low"), valueText(axis.measure, fromAxis(axis.measure, axis.low)));
      put($("high"), valueText(axis.measure, fromAxis(axis.measure, axis.high)));
      const unknown = last.inside[BINS] + last.outside[BINS];
      put($("unknown"), unknown ? `${count(unknown)} not known` : "");
      inputs.show(axis.measure, ends);
      bins.setAttribute("aria-label", `Distribution of ${axis.measure.label}; the table below holds the figures`);
    },
    settle() { if (details.open && last) fill(); },
  };
}
