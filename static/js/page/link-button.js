// The button that copies the address of the current view, with the page's language.

import { configuration, word } from "./page.js";

export class LinkButton {
  /** `complete()` writes all that is shown into the address first. */
  constructor(button, complete, notice) {
    button.addEventListener("click", async () => {
      complete();
      const link = `${location.origin}${location.pathname}?lang=${configuration.language}${location.hash}`;
      try {
        await navigator.clipboard.writeText(link);
        notice.say(word("link_copied"));
      } catch {
        notice.say(link);
      }
    });
  }
}
