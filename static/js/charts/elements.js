// Elements that the chart's scripts make.

/** The element of a drawing's constant text. */
export function drawing(text) {
  const template = document.createElement("template");
  template.innerHTML = text;
  return template.content.firstElementChild;
}

/** A new element with a text. */
export function made(tag, textContent = "", className = "") {
  return Object.assign(document.createElement(tag), { textContent, className });
}
