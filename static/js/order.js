// Puts the rows of a list in another order by dragging their handles, with a mouse or a finger.

/** `moved(row, to)` is called with a row and the place among the visible rows to which it was dragged. */
export function dragOrder(list, handles, moved) {
  for (const handle of list.querySelectorAll(handles)) {
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      begin(list, handle.closest("li"), handle, event.pointerId, moved);
    });
  }
}

function begin(list, row, handle, pointer, moved) {
  const rows = () => [...list.children].filter(({ hidden }) => !hidden);
  const from = rows().indexOf(row);
  row.classList.add("is-dragged");
  handle.setPointerCapture(pointer);
  const follow = ({ clientY }) => {
    const others = rows().filter((one) => one !== row);
    const below = others.find((one) => clientY < middle(one));
    if (below) below.before(row);
    else others.at(-1)?.after(row);
  };
  const end = () => {
    handle.removeEventListener("pointermove", follow);
    row.classList.remove("is-dragged");
    const to = rows().indexOf(row);
    if (to !== from) moved(row, to);
  };
  handle.addEventListener("pointermove", follow);
  handle.addEventListener("lostpointercapture", end, { once: true });
}

function middle(row) {
  const { top, height } = row.getBoundingClientRect();
  return top + height / 2;
}
