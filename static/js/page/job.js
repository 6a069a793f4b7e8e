// The page of a private run that is being computed: polls its progress, and opens the result when it is done.

import { studyJob } from "./api.js";
import { word } from "./page.js";

const EVERY_MS = 1500;
const job = document.querySelector("[data-study-job]");
const line = job.querySelector("[data-study-line]");
const progress = job.querySelector("[data-study-progress]");

async function look() {
  try {
    const state = await studyJob(job.dataset.studyJob);
    if (state.ended) {
      location.reload();
      return;
    }
    tell(word(`study_${state.status}`));
    progress.max = state.total ?? 4;
    progress.value = state.done;
  } catch (fault) {
    if (fault.status === 404) {
      location.reload();
      return;
    }
    tell(word("study_unreachable"));
  }
  setTimeout(look, EVERY_MS);
}

// Written only when it changes, so that a screen reader does not repeat it.
function tell(text) {
  if (line.textContent !== text) line.textContent = text;
}

setTimeout(look, EVERY_MS);
