/* The offline page: the index levels seen last, and how old they are. */
import { age } from "./format.js";

let seen = null;
try { seen = JSON.parse(localStorage.getItem("last-strip")); } catch { /* nothing kept */ }
if (seen) {
  const tell = () => {
    document.querySelector("[data-last-contact]").textContent =
      `Nothing was changed. Your portfolio is not kept on this device; the levels below were seen ${age((Date.now() - seen.at) / 1000)} ago.`;
  };
  tell();
  setInterval(tell, 1000);
  const strip = document.querySelector("[data-last-strip]");
  for (const { name, price, change } of seen.items) {
    const item = document.createElement("div");
    item.className = "stat stale";
    for (const [tag, text] of [["dt", name], ["dd", price], ["dd", change]]) {
      const part = document.createElement(tag);
      part.className = tag === "dd" ? "num" : "";
      part.textContent = text;
      item.append(part);
    }
    strip.append(item);
  }
  strip.hidden = false;
}
addEventListener("online", () => location.reload());
