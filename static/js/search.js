/* Stock search in the top bar: a combobox over /market/search/?q=. Enter without a
   choice opens the live market with the words as its filter. */

const form = document.querySelector("[data-stock-search]");
if (form) {
  const box = form.querySelector("input");
  const list = form.querySelector("[role=listbox]");
  let found = [];
  let chosen = -1;
  let asked = 0;
  let timer = 0;

  const close = () => {
    list.hidden = true;
    chosen = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const choose = (at) => {
    chosen = found.length ? (at + found.length) % found.length : -1;
    [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === chosen)));
    if (chosen >= 0) {
      box.setAttribute("aria-activedescendant", `q-${chosen}`);
      list.children[chosen].scrollIntoView({ block: "nearest" });
    }
  };
  const go = (at) => { location.href = `/market/${encodeURIComponent(found[at].symbol)}/`; };
  const show = (text) => {
    list.replaceChildren(...found.map((stock, i) => {
      const option = document.createElement("li");
      option.id = `q-${i}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      const symbol = document.createElement("b");
      symbol.textContent = stock.symbol;
      const name = document.createElement("span");
      name.textContent = stock.name;
      option.append(symbol, name);
      option.addEventListener("mousedown", (event) => { event.preventDefault(); go(i); });
      return option;
    }));
    if (!found.length) {
      const none = document.createElement("li");
      none.className = "none";
      none.setAttribute("role", "option");
      none.setAttribute("aria-disabled", "true");
      none.textContent = `No stock found for “${text}”. Try its name, symbol or ISIN.`;
      list.append(none);
    }
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
    chosen = -1;
  };
  const ask = async () => {
    const text = box.value.trim();
    if (!text) { close(); return; }
    const turn = ++asked;
    try {
      const answer = await fetch(`${form.dataset.stockSearch}?q=${encodeURIComponent(text)}`, {
        headers: { Accept: "application/json" },
      });
      if (!answer.ok || turn !== asked) return; // a newer question is on its way
      found = (await answer.json()).results;
      show(text);
    } catch { close(); } // offline: Enter still opens the market page
  };
  box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { close(); form.classList.remove("open"); }
    if (list.hidden) return;
    if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen - 1); }
    if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); go(chosen); }
  });
  box.addEventListener("blur", () => { close(); form.classList.remove("open"); });
  document.querySelector("[data-search-open]")?.addEventListener("click", () => {
    form.classList.add("open");
    box.focus();
  });
}
