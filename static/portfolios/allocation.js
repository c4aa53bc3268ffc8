/* Where the money is: by sector or by size; a slice or a line of the list filters the
   holdings. */

import { dataOf, setData } from "../js/charts.js";
import { showOnly } from "./holdings.js";

const chart = document.getElementById("split");
const lists = [...document.querySelectorAll("[data-splits]")];
const choices = [...document.querySelectorAll(".split-choose")];
let field = "sector";

function press(chosen) {
  for (const each of choices) each.setAttribute("aria-pressed", String(each === chosen));
  if (chosen) showOnly(field, chosen.dataset.names.split("|"), chosen.dataset.label);
  else showOnly(field, null);
}

function choose(button) {
  press(button.getAttribute("aria-pressed") === "true" ? null : button);
}

for (const button of choices) button.addEventListener("click", () => choose(button));

chart?.addEventListener("chart:choose", (event) => {
  const list = lists.find((each) => each.dataset.splits === field);
  const button = list?.querySelectorAll(".split-choose")[event.detail.index];
  if (button) choose(button);
});

document.querySelector("[data-split]")?.addEventListener("seg:choose", (event) => {
  field = event.detail.value;
  for (const list of lists) list.hidden = list.dataset.splits !== field;
  press(null);
  const source = document.getElementById(`split-${field}`);
  if (chart && source && dataOf(chart)) setData(chart, JSON.parse(source.textContent));
});

document.addEventListener("holdings:all", () => press(null));
