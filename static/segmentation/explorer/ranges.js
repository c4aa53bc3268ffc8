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
  const unit = el("span");
  host.replaceChildren(...(named ? [name] : []), el("label", {}, "From ", low), el("label", {}, "to ", high), unit, off);
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
      unit.textContent = unitOf(of);
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
