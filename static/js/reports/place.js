// The page of a place report: printing and copying its address. Everything else works without scripts.

import { word } from "../page/page.js";

const print = document.querySelector("[data-print]");
const copy = document.querySelector("[data-copy]");
const said = document.querySelector("[data-said]");

print.hidden = false;
print.addEventListener("click", () => window.print());

if (navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(copy.dataset.copy);
      said.textContent = word("link_copied");
    } catch {
      said.textContent = word("link_not_copied");
    }
    copy.querySelector("[data-copy-words]").textContent = said.textContent;
  });
}
