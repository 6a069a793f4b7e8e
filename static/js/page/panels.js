// The tools' panels: copies of the templates in templates/tools.html.

/** A new copy of the panel of that name. */
export function panelOf(name) {
  const copy = document.querySelector(`template[data-panel="${name}"]`).content.cloneNode(true);
  return copy.firstElementChild;
}
