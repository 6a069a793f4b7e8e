// On narrow screens the layer list is a drawer over the map; on wide ones it stands beside it.

const NARROW = matchMedia("(max-width: 859px)");

export class Drawer {
  #panel;
  #opener;
  #shade;

  constructor(panel, opener, shade) {
    [this.#panel, this.#opener, this.#shade] = [panel, opener, shade];
    opener.addEventListener("click", () => this.#set(!this.#isOpen));
    shade.addEventListener("click", () => this.#set(false));
    panel.querySelector("[data-drawer-close]").addEventListener("click", () => this.#set(false));
    addEventListener("keydown", ({ key }) => {
      if (key === "Escape" && this.#isOpen) this.#set(false);
    });
    NARROW.addEventListener("change", () => this.#set(false, { focus: false }));
    this.#set(false, { focus: false });
  }

  get #isOpen() {
    return this.#panel.classList.contains("layer-panel-open");
  }

  #set(open, { focus = true } = {}) {
    this.#panel.classList.toggle("layer-panel-open", open);
    this.#panel.inert = NARROW.matches && !open;
    this.#shade.hidden = !open;
    this.#opener.setAttribute("aria-expanded", String(open));
    if (focus) (open ? this.#panel.querySelector("[data-drawer-close]") : this.#opener).focus();
  }
}
