// A page that waits for a dry run or an import: polls its progress, and shows the result when it has ended.

import { uploadState } from "../page/api.js";

const EVERY_MS = 1500;
const frame = document.querySelector("[data-upload-state]");
const line = frame.querySelector("[data-upload-line]");
const progress = frame.querySelector("[data-upload-progress]");

async function look() {
  try {
    const state = await uploadState(frame.dataset.uploadState);
    if (state.ended) {
      location.reload();
      return;
    }
    // Written only when it changes, so that a screen reader does not repeat it.
    if (state.line && line.textContent !== state.line) line.textContent = state.line;
    if (progress && state.total) {
      progress.max = state.total;
      progress.value = state.done;
    }
  } catch (fault) {
    if (fault.status === 404) {
      location.reload();
      return;
    }
  }
  setTimeout(look, EVERY_MS);
}

setTimeout(look, EVERY_MS);
