// The links to other languages retain the part of the address after #, so that the map stays at its place.

for (const link of document.querySelectorAll("[data-language]")) {
  link.addEventListener("click", () => {
    link.hash = location.hash;
  });
}
