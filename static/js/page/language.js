// Changing the language keeps the place: the part of the address after # goes with the link.

for (const link of document.querySelectorAll("[data-language]")) {
  link.addEventListener("click", () => {
    link.hash = location.hash;
  });
}
