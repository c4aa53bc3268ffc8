/* Shares as slices; the list of bars beside it holds the figures and the keyboard's way. */

import { count, put } from "../../js/format.js";
import { svg } from "./words.js";

const [OUTER, INNER, LIT] = [48, 32, 50];

function slice(from, to, outer) {
  // A whole turn begins where it ends, and would draw nothing.
  const end = Math.min(to, from + 0.99999);
  const at = (turn, r) => `${(r * Math.sin(2 * Math.PI * turn)).toFixed(3)} ${(-r * Math.cos(2 * Math.PI * turn)).toFixed(3)}`;
  const large = end - from > 0.5 ? 1 : 0;
  return `M${at(from, outer)}A${outer} ${outer} 0 ${large} 1 ${at(end, outer)}L${at(end, INNER)}A${INNER} ${INNER} 0 ${large} 0 ${at(from, INNER)}Z`;
}

export function donut(host, middle, values, on) {
  const slices = values.map((value, i) => {
    const path = svg("path", { class: `r${i}`, "data-slice": value });
    path.addEventListener("click", () => on.choose(value));
    path.addEventListener("mouseenter", () => on.hover(value));
    path.addEventListener("mouseleave", () => on.hover(null));
    return path;
  });
  host.replaceChildren(...slices);
  return {
    draw(group, chosen, hovered) {
      const all = group.customers.reduce((sum, n) => sum + n, 0);
      let turn = 0;
      slices.forEach((path, i) => {
        const part = all ? group.customers[i] / all : 0;
        path.setAttribute("d", part ? slice(turn, turn + part, hovered === values[i] ? LIT : OUTER) : "");
        turn += part;
        path.toggleAttribute("data-on", chosen.includes(values[i]));
        path.toggleAttribute("data-off", chosen.length > 0 && !chosen.includes(values[i]));
      });
      const shown = chosen.length ? values.reduce((sum, v, i) => sum + (chosen.includes(v) ? group.customers[i] : 0), 0) : all;
      put(middle, count(shown));
    },
  };
}
