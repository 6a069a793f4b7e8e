// Icons for what scripts make: copies of those in the page's <template data-icons>.

const drawn = document.querySelector("template[data-icons]").content;

/** A new copy of the icon of that name; geoportal/templates/page/icons.html lists them. */
export function icon(name) {
  return drawn.querySelector(`[data-icon="${name}"] svg`).cloneNode(true);
}
