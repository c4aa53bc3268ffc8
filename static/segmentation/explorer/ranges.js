/* A range of a measure, typed: the keyboard's way to do what dragging does. */

import { el, rounded, typedAs, unitOf } from "./words.js";

/**
 * Two inputs in `host`.
 * onRange(key, [low, high] | null) is called when either changes.
 */
export function rangeInputs(host, onRange, { named = false } = {}) {
  const name = el("span");
  const input = (words) => el("input", { className: "form-control", type: "number", step: "any", "aria-label": words });
  const [low, high] = [input("From"), input("To")];
  const off = el("button", { className: "btn btn-quiet btn-sm", type: "button" }, "Clear");
  let measure = null;
  // The unit stands at each field, so that no line of a narrow panel begins with it alone.
  const units = [0, 1, 2, 3].map(() => el("span"));
  const labelled = (words, field, [before, after]) => el("label", {}, words, before, field, after);
  host.replaceChildren(...(named ? [name] : []), labelled("From", low, units.slice(0, 2)), labelled("to", high, units.slice(2)), off);
  const typed = (field) => (field.value === "" ? null : Number(field.value) / typedAs(measure));
  for (const field of [low, high]) {
    field.addEventListener("change", () => {
      const ends = [typed(low), typed(high)];
      const wrong = ends[0] !== null && ends[1] !== null && ends[0] > ends[1];
      field.setCustomValidity(wrong ? "The lowest value is above the highest. Nothing was filtered." : "");
      if (wrong) field.reportValidity();
      else onRange(measure.key, ends);
    });
  }
  off.addEventListener("click", () => onRange(measure.key, null));
  const text = (end) => (end === null ? "" : String(Number((end * typedAs(measure)).toPrecision(12))));
  return {
    show(of, ends) {
      measure = of;
      name.textContent = of.label;
      const [before, after] = of.unit === "rupees" ? [unitOf(of), ""] : ["", unitOf(of)];
      units.forEach((unit, i) => { unit.textContent = i % 2 ? after : before; });
      low.setAttribute("aria-label", `${of.label}, lowest`);
      high.setAttribute("aria-label", `${of.label}, highest`);
      off.setAttribute("aria-label", `Clear the range of ${of.label}`);
      off.hidden = !ends;
      for (const [field, end] of [[low, ends?.[0] ?? null], [high, ends?.[1] ?? null]]) {
        if (document.activeElement !== field || end === null) field.value = text(end);
        field.setCustomValidity("");
      }
    },
  };
}

export { rounded };
