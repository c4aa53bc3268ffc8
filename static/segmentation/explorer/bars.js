/* Lists of groups as bars, in the colour of their key where they have one: each a button with its figures written, so that the list is its own
   table. Pressing chooses, pointing at one or focusing it lights it up everywhere. */

import { count, headlineRupees, put, share } from "../../js/format.js";
import { el, svg } from "./words.js";

/**
 * @param {HTMLElement} host a list
 * @param {Array} items {value, label, keyClass?}
 * @param {object} on choose(value), hover(value | null)
 */
export function bars(host, items, on) {
  const rows = items.map(({ value, label, keyClass }) => {
    const inside = svg("rect", { class: "in", width: 0, height: 6 });
    const lit = svg("rect", { class: "lit", width: 0, height: 6 });
    const line = svg("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" });
    line.append(inside, lit);
    const figure = el("span", { className: "num" });
    const name = el("span", { className: "xname" }, ...(keyClass ? [el("i", { className: `key ${keyClass}` })] : []), label);
    const button = el("button", { className: keyClass ? `xone paint-${keyClass}` : "xone", type: "button", "aria-pressed": "false" }, name, figure, line);
    button.addEventListener("click", () => on.choose(value));
    for (const [event, what] of [["mouseenter", value], ["focus", value], ["mouseleave", null], ["blur", null]]) {
      button.addEventListener(event, () => on.hover(what));
    }
    return { value, button, figure, inside, lit };
  });
  host.replaceChildren(...rows.map(({ button }) => el("li", {}, button)));
  return {
    /** `group` of Crossfilter.count, its index by item, what is chosen, and what bars measure. */
    draw(group, chosen, worth = "customers") {
      const sizes = group[worth];
      let [most, all] = [0, 0];
      for (const size of sizes) { most = Math.max(most, size); all += size; }
      rows.forEach(({ value, button, figure, inside, lit }, i) => {
        const on = chosen.includes(value);
        put(figure, `${worth === "value" ? headlineRupees(sizes[i]) : count(sizes[i])} · ${share(all ? sizes[i] / all : NaN, 0)}`);
        inside.setAttribute("width", most ? (100 * sizes[i]) / most : 0);
        const part = group.customers[i] ? group.lit[i] / group.customers[i] : 0;
        lit.setAttribute("width", most ? (100 * sizes[i] * part) / most : 0);
        button.setAttribute("aria-pressed", String(on));
        button.toggleAttribute("data-off", chosen.length > 0 && !on);
      });
    },
  };
}
