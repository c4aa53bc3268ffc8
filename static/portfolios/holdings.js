/* The holdings table: sort by any column, and show a part of it alone. */

const table = document.querySelector("[data-sortable]");

function valueOf(row, key) {
  if (key === "symbol") return row.dataset.holding;
  const number = Number(row.dataset[key]);
  return row.dataset[key] === "" || Number.isNaN(number) ? -Infinity : number;
}

export function sortBy(head, descending) {
  const { key } = head.querySelector(".sort").dataset;
  const rows = [...table.tBodies[0].rows];
  rows.sort((a, b) => {
    const [x, y] = [valueOf(a, key), valueOf(b, key)];
    const order = x < y ? -1 : x > y ? 1 : 0;
    return descending ? -order : order;
  });
  table.tBodies[0].append(...rows);
  for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", descending ? "descending" : "ascending");
}

table?.tHead.addEventListener("click", (event) => {
  const button = event.target.closest(".sort");
  if (!button) return;
  const head = button.closest("th");
  // A first press shows the largest numbers, or the alphabet from A.
  const descending = head.hasAttribute("aria-sort")
    ? head.getAttribute("aria-sort") === "ascending"
    : button.dataset.key !== "symbol";
  sortBy(head, descending);
});

const shown = document.querySelector("[data-filter-shown]");

/** Show only the holdings whose `field` ("sector" or "size") is one of `names`; none: all. */
export function showOnly(field, names, label) {
  for (const row of table?.tBodies[0].rows ?? []) {
    row.hidden = Boolean(names) && !names.includes(row.dataset[field]);
  }
  if (!shown) return;
  shown.hidden = !names;
  shown.querySelector("b").textContent = names ? label : "";
}

shown?.querySelector("[data-filter-clear]").addEventListener("click", () => {
  showOnly(null, null);
  document.dispatchEvent(new CustomEvent("holdings:all"));
});
