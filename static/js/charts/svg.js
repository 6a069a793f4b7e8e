// Small drawings that scripts make.

/** The element of a drawing's constant text; what changes is set on its parts afterwards. */
export function drawing(text) {
  const template = document.createElement("template");
  template.innerHTML = text;
  return template.content.firstElementChild;
}
