/** A job's page while the job runs: told of every change, or asking now and then where nobody tells. */

import { find, findAll } from "./dom.js";

const ASK_EVERY_MS = 2000;
const TICK_MS = 1000;

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string} state
 * @property {string} state_word
 * @property {number | null} progress
 * @property {number | null} seconds
 * @property {string} message
 */
/**
 * @typedef {object} Job
 * @property {string} state
 * @property {boolean} ended
 * @property {boolean} cancel_requested
 * @property {number} revision
 * @property {number} attempt
 * @property {Step[]} steps
 */

/** @type {HTMLElement} */
const page = find(document, "[data-job]");
const status = find(page, "[data-job-status]");
const chip = find(document, "[data-job-state]");
const cancelling = document.querySelector("[data-job-cancelling]");
const shownState = chip.className.match(/state-(\w+)/)?.[1] ?? "";
let revision = Number(page.dataset.revision);
/** Whether a form was sent: its answer is the next page, and news must not lead elsewhere meanwhile. */
let leaving = false;
/** @type {Map<string, number>} when each running step began, on this page's clock */
const began = new Map();

/** @param {Job} job */
function show(job) {
  if (leaving || job.revision < revision) return;
  revision = job.revision;
  // A page of another state has other parts: the server writes those.
  if (job.ended || job.state !== shownState || (job.cancel_requested && !cancelling)) {
    window.location.reload();
    return;
  }
  for (const step of job.steps) showStep(step);
}

/** @param {Step} step */
function showStep(step) {
  const row = find(page, `[data-step="${step.name}"]`);
  if (row.dataset.state !== step.state) {
    const name = find(row, "strong").textContent;
    status.textContent = `${name}: ${step.state_word}`;
  }
  row.dataset.state = step.state;
  find(row, "[data-step-state]").textContent = step.state_word;
  if (step.message) find(row, "[data-step-message]").textContent = step.message;
  const bar = find(row, "[data-step-progress]");
  bar.hidden = step.state !== "running";
  if (step.progress === null) bar.removeAttribute("value");
  else bar.value = step.progress;
  if (step.state === "running" && step.seconds !== null) began.set(step.name, performance.now() - 1000 * step.seconds);
  else began.delete(step.name);
  find(row, "[data-step-time]").textContent = step.seconds === null ? "" : `${step.seconds.toFixed(1)} s`;
}

/** Running steps count on between two events. */
function tick() {
  for (const [name, start] of began) {
    const time = find(page, `[data-step="${name}"] [data-step-time]`);
    time.textContent = `${Math.floor((performance.now() - start) / 1000)} s`;
  }
}

/** Ask for the state now and then. */
async function ask() {
  try {
    const answer = await fetch(page.dataset.stateUrl ?? "", { headers: { Accept: "application/json" } });
    if (answer.status === 404) return leave();
    if (answer.ok) show(await answer.json());
    else if (answer.status === 401 && !leaving) return window.location.reload();
  } catch {
    // The connection is gone for now; the next time asks again.
  }
  window.setTimeout(ask, ASK_EVERY_MS);
}

/** The job was deleted meanwhile. */
function leave() {
  if (leaving) return;
  window.location.assign(page.dataset.home ?? "/");
}

function listen() {
  const events = new EventSource(page.dataset.events ?? "");
  events.addEventListener("job", (event) => show(JSON.parse(event.data)));
  events.addEventListener("gone", () => {
    events.close();
    leave();
  });
  events.addEventListener("error", () => {
    // A stream that merely ended is opened again by the browser; one that was refused is not.
    if (events.readyState === EventSource.CLOSED) ask();
  });
  window.addEventListener("pagehide", () => events.close());
}

document.addEventListener("submit", () => {
  leaving = true;
});
if ("EventSource" in window) listen();
else ask();
for (const row of findAll(page, '[data-step][data-state="running"]')) {
  const seconds = Number.parseFloat(find(row, "[data-step-time]").textContent);
  if (!Number.isNaN(seconds)) began.set(row.dataset.step, performance.now() - 1000 * seconds);
}
window.setInterval(tick, TICK_MS);
// The back button may bring back a page whose stream was closed.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});
