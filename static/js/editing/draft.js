// Unsaved input of the edit form: stored in this tab, so that it survives the end of a session or leaving the page.

const PREFIX = "edit:";

/** The draft of this page, `{ account, version, values }`, or null. */
export function keptDraft() {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + location.pathname));
  } catch {
    return null;
  }
}

/** Stores a draft; does nothing where the browser forbids storage. */
export function keepDraft(draft) {
  try {
    sessionStorage.setItem(PREFIX + location.pathname, JSON.stringify(draft));
  } catch {
    // Storage is full or forbidden: the draft lasts as long as the page.
  }
}

export function dropDraft() {
  try {
    sessionStorage.removeItem(PREFIX + location.pathname);
  } catch {
    // Nothing was stored.
  }
}
