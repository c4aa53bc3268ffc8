/* Returns by day, month or year as bars, and their trend as lines, in one frame. */

import { setData } from "../js/charts.js";

const chart = document.getElementById("returns");

document.querySelector("[data-returns]")?.addEventListener("seg:choose", (event) => {
  const source = document.getElementById(`returns-${event.detail.value}`);
  chart.dataset.chart = event.detail.value === "trend" ? "compare" : "bars";
  chart.replaceChildren();
  setData(chart, JSON.parse(source.textContent));
});
