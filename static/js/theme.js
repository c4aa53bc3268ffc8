/* Runs before the first paint, so that a dark page never flashes white.
   The choice is kept in this browser; without one the system decides. */
(() => {
  "use strict";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => {
    try { return localStorage.getItem("theme"); } catch { return null; } // private window
  };
  const show = () => { root.dataset.bsTheme = kept() || (dark.matches ? "dark" : "light"); };
  show();
  dark.addEventListener("change", () => {
    show();
    dispatchEvent(new Event("finseg:theme"));
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", theme); } catch { /* kept for this page only */ }
    root.dataset.bsTheme = theme;
    dispatchEvent(new Event("finseg:theme"));
  });
})();
