// The map's tools: a column of icon buttons, of which one at a time is active, and the panel of that one.

import { icon } from "../page/icons.js";

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

export class Toolbar {
  #element;
  #panel;
  #tools = new Map();
  #active = null;
  #listeners = [];

  /** `element` gets the buttons, `panel` shows the active tool's own panel. */
  constructor(element, panel) {
    [this.#element, this.#panel] = [element, panel];
    element.addEventListener("keydown", (event) => this.#walk(event));
    panel.querySelector("[data-tool-close]").addEventListener("click", () => this.off({ focus: true }));
    addEventListener("keydown", ({ key, defaultPrevented }) => {
      if (key === "Escape" && !defaultPrevented && this.#active) this.off({ focus: true });
    });
  }

  /**
   * Adds a tool's button at the end and returns it. A tool that stays active has `toggled(on)`, and optionally `panel`,
   * an element; `takesClicks` prevents clicks on the map from opening cards. A tool that acts at once (a dialog, a
   * jump) has `act()` instead.
   *
   * Example: toolbar.add({ id: "print", icon: "print", title: word("print"), act: () => dialog.showModal() });
   */
  add(tool) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "map-tool";
    button.dataset.tool = tool.id;
    button.title = tool.title;
    button.setAttribute("aria-label", tool.title);
    if (tool.toggled) button.setAttribute("aria-pressed", "false");
    button.tabIndex = this.#tools.size ? -1 : 0;
    button.append(icon(tool.icon));
    button.addEventListener("click", () => this.#pressed(tool));
    this.#element.append(button);
    this.#tools.set(tool.id, { ...tool, button });
    return button;
  }

  /** The id of the tool that is on, or null. */
  get active() {
    return this.#active;
  }

  /** Whether clicks on the map belong to the active tool. */
  get takesClicks() {
    return Boolean(this.#tools.get(this.#active)?.takesClicks);
  }

  /** Calls `listener(id or null)` when another tool is on. */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** Turns a tool on, and the one before off. */
  on(id) {
    if (this.#active === id) return;
    this.off();
    const tool = this.#tools.get(id);
    this.#active = id;
    tool.button.setAttribute("aria-pressed", "true");
    this.#panel.hidden = !tool.panel;
    this.#panel.querySelector("[data-tool-title]").textContent = tool.title;
    if (tool.panel) this.#panel.querySelector("[data-tool-body]").replaceChildren(tool.panel);
    tool.toggled(true);
    this.#tell();
  }

  /** Turns the active tool off; with `focus`, its button is focused. */
  off({ focus = false } = {}) {
    const tool = this.#tools.get(this.#active);
    if (!tool) return;
    this.#active = null;
    tool.button.setAttribute("aria-pressed", "false");
    this.#panel.hidden = true;
    tool.toggled(false);
    if (focus) tool.button.focus();
    this.#tell();
  }

  #pressed(tool) {
    if (tool.act) tool.act();
    else if (this.#active === tool.id) this.off();
    else this.on(tool.id);
  }

  #tell() {
    for (const listener of this.#listeners) listener(this.#active);
  }

  // One stop of the Tab key; arrow keys walk within, as the ARIA practices ask of a toolbar.
  #walk(event) {
    const buttons = [...this.#element.querySelectorAll(".map-tool")];
    const at = buttons.indexOf(document.activeElement);
    const to = { Home: 0, End: buttons.length - 1 }[event.key] ?? at + (STEPS[event.key] ?? 0);
    if (at < 0 || to === at) return;
    event.preventDefault();
    const next = buttons[(to + buttons.length) % buttons.length];
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  }
}
