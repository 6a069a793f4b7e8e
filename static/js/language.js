// Changing the language keeps the place: the part of the address after # goes with the form.

export function keepPlaceOnLanguageChange(form) {
  form.addEventListener("submit", () => {
    form.elements.next.value = location.pathname + location.search + location.hash;
  });
}
