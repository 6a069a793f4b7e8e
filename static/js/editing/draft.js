// What somebody typed and did not save yet: kept in this tab, so that the end of a session or a slip loses nothing.

const PREFIX = "edit:";

/** The draft of this page, `{ account, version, values }`, or null. */
export function keptDraft() {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + location.pathname));
  } catch {
    return null;
  }
}

/** Keeps a draft; nothing happens where the browser keeps nothing. */
export function keepDraft(draft) {
  try {
    sessionStorage.setItem(PREFIX + location.pathname, JSON.stringify(draft));
  } catch {
    // A full or forbidden storage: the draft lives as long as the page.
  }
}

export function dropDraft() {
  try {
    sessionStorage.removeItem(PREFIX + location.pathname);
  } catch {
    // Nothing was kept.
  }
}
