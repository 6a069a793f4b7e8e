// The picture with its boxes: drawn, dragged and resized by a pointer, focused by the keyboard, zoomed, previewed.

import { moved, reshaped } from "./boxes.js";
import { previewOf } from "./preview.js";

const ZOOM = 3;
const LEAST_DRAG_PX = 6;
const CORNERS = ["nw", "ne", "sw", "se"];

export class Stage {
  #frame;
  #sheet;
  #image = null;
  #elements = [];
  #previews = [];
  #grid = document.createElement("div");
  #drag = null;
  #drags = 0;

  /** `on` has `drawn(box, step)`, `changed(index, box, step)`; `title(index)` gives the words of a box. */
  constructor(frame, sheet, on, title) {
    this.#frame = frame;
    this.#sheet = sheet;
    this.on = on;
    this.title = title;
    this.zoomed = false;
    this.drawing = true;
    this.previewing = false;
    this.boxes = [];
    this.#grid.className = "review-grid";
    this.#grid.hidden = true;
    sheet.addEventListener("pointerdown", (event) => this.#begin(event));
    sheet.addEventListener("pointermove", (event) => this.#go(event));
    sheet.addEventListener("pointerup", (event) => this.#end(event));
    sheet.addEventListener("pointercancel", () => (this.#drag = null));
    new ResizeObserver(() => this.#fit()).observe(frame);
  }

  /** Shows a loaded image; `full` is the address of its full size, for zooming. */
  show(image, full) {
    this.#image = image;
    this.#elements = [];
    this.#previews = [];
    this.full = full;
    this.zoomed = false;
    image.alt = "";
    image.className = "review-image";
    image.draggable = false;
    this.aspect = image.naturalWidth / image.naturalHeight;
    this.#sheet.replaceChildren(image, this.#grid);
    this.grid(null);
    this.#fit();
  }

  /** Draws the boxes; elements stay, so that the focus does. */
  draw(boxes) {
    this.boxes = boxes;
    while (this.#elements.length > boxes.length) this.#elements.pop().remove();
    while (this.#elements.length < boxes.length) this.#elements.push(this.#element());
    boxes.forEach((box, index) => this.#place(this.#elements[index], box, index));
    this.#preview();
  }

  focus(index = null) {
    const element = index === null ? this.#frame : this.#elements[index];
    (element ?? this.#frame).focus({ preventScroll: !this.zoomed });
  }

  /** The index of the focused box; null where none is. */
  get focused() {
    const at = this.#elements.indexOf(document.activeElement);
    return at < 0 ? null : at;
  }

  /** Shows the ninths of a cell, into which the next digit places the box. */
  grid(cell) {
    this.#grid.hidden = cell === null;
    if (cell) position(this.#grid, { left: cell.x, top: cell.y, right: cell.x + cell.size, bottom: cell.y + cell.size });
  }

  preview(on) {
    this.previewing = on;
    this.#preview();
  }

  /** Zooms in on a box, or on the middle, in full size; or out again. */
  zoom(on) {
    const box = this.boxes[this.focused] ?? { left: 0.5, right: 0.5, top: 0.5, bottom: 0.5 };
    this.zoomed = on;
    this.#fit();
    const image = this.#image;
    if (on && this.full && image.src !== new URL(this.full, document.baseURI).href) image.src = this.full;
    const x = ((box.left + box.right) / 2) * this.#sheet.offsetWidth - this.#frame.clientWidth / 2;
    const y = ((box.top + box.bottom) / 2) * this.#sheet.offsetHeight - this.#frame.clientHeight / 2;
    this.#frame.scrollTo(x, y);
  }

  drawByDragging(on) {
    this.drawing = on;
    this.#sheet.classList.toggle("review-pans", !on);
  }

  #fit() {
    if (!this.#image) return;
    const most = window.innerHeight * 0.64;
    const wide = Math.min(this.#frame.clientWidth, most * this.aspect);
    const factor = this.zoomed ? ZOOM : 1;
    this.#sheet.style.width = `${wide * factor}px`;
    this.#sheet.style.height = `${(wide / this.aspect) * factor}px`;
    this.#frame.style.maxHeight = `${wide / this.aspect + 2}px`;
  }

  #element() {
    const element = document.createElement("button");
    element.type = "button";
    element.className = "review-box";
    for (const corner of CORNERS) {
      const handle = document.createElement("span");
      handle.className = "review-handle";
      handle.dataset.corner = corner;
      element.append(handle);
    }
    this.#sheet.append(element);
    return element;
  }

  #place(element, box, index) {
    position(element, box);
    element.dataset.what = box.what;
    element.dataset.source = box.model ? "model" : (box.from ?? "person");
    element.dataset.number = index + 1;
    element.setAttribute("aria-label", this.title(index));
  }

  #preview() {
    this.#previews.forEach((one) => one.remove());
    const shown = this.previewing && this.#image ? this.boxes : [];
    this.#previews = shown.map((box) => {
      const { canvas, grown } = previewOf(this.#image, box);
      position(canvas, grown);
      this.#image.after(canvas);
      return canvas;
    });
  }

  #point(event) {
    const seen = this.#sheet.getBoundingClientRect();
    return { x: (event.clientX - seen.left) / seen.width, y: (event.clientY - seen.top) / seen.height };
  }

  #begin(event) {
    if (event.button !== 0 || !this.#image) return;
    const element = event.target.closest(".review-box");
    const corner = event.target.dataset.corner;
    if (!element && !this.drawing) return;
    event.preventDefault();
    this.#sheet.setPointerCapture(event.pointerId);
    const index = element ? this.#elements.indexOf(element) : null;
    this.#drag = { index, corner, start: this.#point(event), box: this.boxes[index], step: `drag ${(this.#drags += 1)}`, event };
    this.focus(index);
  }

  #go(event) {
    if (!this.#drag || (this.#drag.index === null && this.#short(event))) return;
    const { index, corner, start, box, step } = this.#drag;
    const { x, y } = this.#point(event);
    if (index === null) {
      const drawn = reshaped({}, { left: start.x, right: x, top: start.y, bottom: y });
      this.#drag = { ...this.#drag, index: this.on.drawn(drawn, step), corner: "drawn", box: drawn };
    } else if (corner === "drawn") {
      this.on.changed(index, reshaped(this.boxes[index], { left: start.x, right: x, top: start.y, bottom: y }), step);
    } else if (corner) {
      const [vertical, horizontal] = [corner[0] === "n" ? "top" : "bottom", corner[1] === "w" ? "left" : "right"];
      this.on.changed(index, reshaped(box, { [vertical]: y, [horizontal]: x }), step);
    } else if (!this.#short(event) || this.boxes[index] !== box) {
      this.on.changed(index, moved(box, x - start.x, y - start.y), step);
    }
  }

  #end(event) {
    this.#go(event);
    this.#drag = null;
  }

  // Whether the pointer has hardly moved: a click, which draws and moves nothing.
  #short(event) {
    const from = this.#drag.event;
    return Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) < LEAST_DRAG_PX;
  }
}

function position(element, box) {
  element.style.left = `${box.left * 100}%`;
  element.style.top = `${box.top * 100}%`;
  element.style.width = `${(box.right - box.left) * 100}%`;
  element.style.height = `${(box.bottom - box.top) * 100}%`;
}
