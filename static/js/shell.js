/* What every page can do: find a stock from anywhere ("/"), tell the time of the
   exchange, open the reason behind an em dash, choose one of a .seg. */

import "./search.js";

/* The exchange's clock: the server's instant, carried on by this machine's. */
const clock = document.querySelector("[data-clock]");
if (clock) {
  const behind = new Date(clock.getAttribute("datetime")).getTime() - Date.now();
  const ist = new Intl.DateTimeFormat("en-GB", {
    timeZone: "Asia/Kolkata", hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
  const put = (name, text) => {
    const part = clock.querySelector(`[data-clock-${name}]`);
    if (part.textContent !== text) part.textContent = text;
  };
  setInterval(() => {
    if (document.hidden) return;
    const [hours, minutes, seconds] = ist.format(Date.now() + behind).split(":");
    put("minutes", `${hours}:${minutes}`);
    put("seconds", seconds);
  }, 1000);
}

/* Tabs that do not fit the window: the one that is open comes into sight. */
for (const tab of document.querySelectorAll(".nav-underline .nav-link.active")) {
  const row = tab.closest(".nav-underline");
  row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
}

/* .missing: the reason opens on click, focus or hover, and closes with Escape. */
let bubble = null;
const hush = () => { bubble?.remove(); bubble = null; };
const tell = (button) => {
  hush();
  bubble = document.createElement("p");
  bubble.className = "reason";
  bubble.setAttribute("role", "tooltip");
  bubble.textContent = button.dataset.reason;
  document.body.append(bubble);
  const at = button.getBoundingClientRect();
  const left = Math.min(at.left, innerWidth - bubble.offsetWidth - 8);
  bubble.style.left = `${Math.max(8, left)}px`;
  bubble.style.top = `${at.bottom + 6 + bubble.offsetHeight > innerHeight ? at.top - bubble.offsetHeight - 6 : at.bottom + 6}px`;
};
const reason = (event) => event.target.closest?.("[data-reason]");
document.addEventListener("click", (event) => { const found = reason(event); if (found) tell(found); else hush(); });
document.addEventListener("focusin", (event) => { const found = reason(event); if (found) tell(found); });
document.addEventListener("focusout", hush);
document.addEventListener("mouseover", (event) => { const found = reason(event); if (found) tell(found); });
document.addEventListener("mouseout", (event) => { if (reason(event)) hush(); });
addEventListener("scroll", hush, { passive: true, capture: true });

/* One of a .seg is pressed. Pages listen to "seg:choose" for what it means. */
document.addEventListener("click", (event) => {
  const button = event.target.closest(".seg button");
  if (!button) return;
  const seg = button.closest(".seg");
  for (const each of seg.querySelectorAll("button")) {
    each.setAttribute("aria-pressed", String(each === button));
  }
  seg.dispatchEvent(new CustomEvent("seg:choose", { bubbles: true, detail: { value: button.value, button } }));
});

addEventListener("keydown", (event) => {
  if (event.key === "Escape") hush();
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const box = document.querySelector("#q");
  if (!box) return;
  event.preventDefault();
  box.closest(".search").classList.add("open");
  box.focus();
});

/* Whatever scrolls sideways has to be reachable by keyboard. */
const reachable = (root) => {
  for (const wrap of root.querySelectorAll(".table-wrap:not([tabindex])")) {
    wrap.tabIndex = 0;
    wrap.setAttribute("role", "group");
    if (!wrap.hasAttribute("aria-label")) wrap.setAttribute("aria-label", "Table");
  }
};
/* A table that goes on beyond its place is marked as such, until its last column, or row, is in
   sight. */
const cut = (wrap) => {
  const beyond = wrap.scrollWidth - wrap.clientWidth;
  wrap.toggleAttribute("data-wide", beyond > 4);
  wrap.toggleAttribute("data-more", beyond - wrap.scrollLeft > 4);
  wrap.toggleAttribute("data-below", wrap.scrollHeight - wrap.clientHeight - wrap.scrollTop > 4);
};
const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => cut(target)));
const watched = (root) => {
  reachable(root);
  for (const wrap of root.querySelectorAll(".table-wrap")) sizes.observe(wrap);
};
addEventListener("scroll", ({ target }) => { if (target.classList?.contains("table-wrap")) cut(target); }, { passive: true, capture: true });
watched(document);
document.addEventListener("htmx:afterSettle", (event) => watched(event.target));

/* An offline page that says how old it is. */
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js").catch(() => {});

/* Index levels (nobody's secret) are kept for the offline page, with their instant. */
const keepStrip = () => {
  const items = [...document.querySelectorAll("[data-index]")].map((item) => ({
    name: item.querySelector("dt").textContent,
    price: item.querySelector("[data-price]").textContent,
    change: item.querySelector("[data-change]").textContent.trim(),
  }));
  if (!items.length || !navigator.onLine) return;
  try { localStorage.setItem("last-strip", JSON.stringify({ at: Date.now(), items })); } catch { /* private window */ }
};
keepStrip();
addEventListener("pagehide", keepStrip);
