// Buttons that copy the example beside them; without a clipboard they stay hidden and the text is selected by hand.

import { word } from "./page.js";

const SECONDS = 4;
const said = document.querySelector("[data-said]");

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copies]")) {
    const words = button.querySelector("[data-copy-words]");
    const before = words.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.closest(".example").querySelector("pre").textContent);
        words.textContent = word("copied");
      } catch {
        words.textContent = word("not_copied");
      }
      said.textContent = words.textContent;
      setTimeout(() => {
        words.textContent = before;
        said.textContent = "";
      }, SECONDS * 1000);
    });
  }
}
