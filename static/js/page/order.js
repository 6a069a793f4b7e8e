// Puts the rows of a list in another order by dragging their handles, with a mouse or a finger.

/** `moved(row, to)` is called with a row and the place among the visible rows to which it was dragged. */
export function dragOrder(list, handles, moved) {
  for (const handle of list.querySelectorAll(handles)) {
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      begin(list, handle.closest("li"), event.pointerId, moved);
    });
  }
}

// The document listens: a row that moves within the page would lose the pointer it had captured.
function begin(list, row, pointer, moved) {
  const rows = () => [...list.children].filter(({ hidden }) => !hidden);
  const from = rows().indexOf(row);
  const over = new AbortController();
  row.classList.add("is-dragged");
  const follow = ({ pointerId, clientY }) => {
    if (pointerId !== pointer) return;
    const others = rows().filter((one) => one !== row);
    const below = others.find((one) => clientY < middle(one));
    if (below && below !== row.nextElementSibling) below.before(row);
    else if (!below && others.length) others.at(-1).after(row);
  };
  const end = ({ pointerId }) => {
    if (pointerId !== pointer) return;
    over.abort();
    row.classList.remove("is-dragged");
    const to = rows().indexOf(row);
    if (to !== from) moved(row, to);
  };
  document.addEventListener("pointermove", follow, { signal: over.signal });
  document.addEventListener("pointerup", end, { signal: over.signal });
  document.addEventListener("pointercancel", end, { signal: over.signal });
}

function middle(row) {
  const { top, height } = row.getBoundingClientRect();
  return top + height / 2;
}
