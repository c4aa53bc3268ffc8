/* Sorting, and what the investor says of a stock: each answer replaces the whole list.

   A click made while an answer is awaited would lose its button with the list it stands in, and
   two answers may overtake each other. So clicks keep their own values, and wait in line. */

const list = document.getElementById("recommendations");
const target = { target: "#recommendations", swap: "innerHTML" };
let line = Promise.resolve();
let waiting = 0;

function ask(request) {
  waiting += 1;
  list.setAttribute("aria-busy", "true");
  // After a failure the page is what the server has, as if it had been opened anew.
  line = line.then(request).catch(() => location.reload()).finally(() => {
    waiting -= 1;
    if (!waiting) list.removeAttribute("aria-busy");
  });
}

list.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-sort]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const address = link.getAttribute("href");
  list.dataset.sort = link.dataset.sort;
  ask(() => window.htmx.ajax("GET", address, { ...target, push: address }));
});

list.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-verdict]");
  if (!form) return;
  event.preventDefault();
  const values = Object.fromEntries(new FormData(form, event.submitter));
  const address = form.getAttribute("action");
  // Chosen while an earlier answer is awaited, an order holds for this one, too.
  values.sort = list.dataset.sort ?? values.sort;
  ask(() => window.htmx.ajax("POST", address, { ...target, values }));
});
