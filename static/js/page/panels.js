// What the tools have to say, written in templates/tools.html with all its words.

/** A new copy of the panel of that name. */
export function panelOf(name) {
  const copy = document.querySelector(`template[data-panel="${name}"]`).content.cloneNode(true);
  return copy.firstElementChild;
}
