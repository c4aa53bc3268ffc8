/* Charts on staff pages: Unfold's theme, said in the word that the colour tokens go by. */

const root = document.documentElement;
const follow = () => {
  const theme = root.classList.contains("dark") ? "dark" : "light";
  if (root.dataset.bsTheme === theme) return;
  root.dataset.bsTheme = theme;
  dispatchEvent(new Event("finseg:theme"));
};

follow();
new MutationObserver(follow).observe(root, { attributeFilter: ["class"] });
import("../js/charts.js");
