// Copies the address of what is seen, with the language in which it is read.

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
