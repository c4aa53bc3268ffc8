/* The SIP calculator in the browser: it pairs sliders with typed numbers and copies the link.
   It computes nothing: every figure comes from the server, swapped in by htmx. */

const form = document.querySelector("#planner");
const typed = (name) => form.elements.namedItem(name);

function changed(field) {
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function showPreset() {
  const rate = Number(typed("rate").value);
  for (const button of form.querySelectorAll("button[name=preset]")) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.rate) === rate));
  }
}

/* Each kind of plan has an amount of its own: a deposit is no goal. What was typed waits there. */
const amounts = {};
let kind = form.querySelector("[name=kind]:checked")?.value;
function showKind(radio) {
  amounts[kind] = typed("amount").value;
  kind = radio.value;
  const { usual, least, most, step } = radio.dataset;
  typed("amount").value = amounts[kind] ?? usual;
  const slider = form.querySelector("[data-pair=amount]");
  Object.assign(slider, { min: least, max: most, step });
  slider.value = typed("amount").value;
}

form.addEventListener("input", (event) => {
  if (event.target.name === "kind" && event.target.value !== kind) showKind(event.target);
  const { pair } = event.target.dataset;
  if (pair) {
    typed(pair).value = event.target.value;
  } else {
    const slider = form.querySelector(`[data-pair="${event.target.name}"]`);
    if (slider) slider.value = event.target.value;
  }
  showPreset();
});

for (const button of form.querySelectorAll("button[name=preset]")) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    typed("rate").value = button.dataset.rate;
    changed(typed("rate"));
  });
}

const share = document.querySelector("#share");
share.addEventListener("click", async (event) => {
  event.preventDefault();
  const query = new URLSearchParams(new FormData(form));
  const link = `${location.origin}${location.pathname}?${query}`;
  const label = share.querySelector("span");
  try {
    await navigator.clipboard.writeText(link);
    label.textContent = "Copied";
  } catch {
    // No clipboard without a secure context: the address line holds the same link.
    history.replaceState(null, "", link);
    label.textContent = "Link is in the address line";
  }
  setTimeout(() => { label.textContent = "Copy link"; }, 3000);
});

document.querySelector("#to-save")?.addEventListener("click", () => {
  // After the jump to the form, so that the address line keeps its anchor.
  setTimeout(() => document.querySelector("#id_name").focus());
});

const login = document.querySelector("#login-to-save");
document.addEventListener("htmx:afterSwap", (event) => {
  if (login && event.target.id === "plan-projection") login.href = `${login.pathname}?next=${encodeURIComponent(location.pathname + location.search)}`;
});
showPreset();
