/** The page that takes a clip. Without this script the same form uploads files and samples. */

import { forget, keep } from "./clipstore.js";
import { find, findAll } from "./dom.js";
import { request } from "./send.js";
import { SoundForm } from "./soundform.js";

/**
 * @typedef {object} Answer
 * @property {string} id
 * @property {string} permalink
 * @property {string | null} recording_expires_at
 */

/** @type {HTMLFormElement} */
const form = find(document, "#clip-form");

new SoundForm(form, {
  busy: { word: "Listening…", status: "The clip is being heard; this takes a moment." },
  async send(data, clip) {
    if (!clip) data.delete("same_voice"); // a sample is nobody's voice
    /** @type {Answer} */
    const answer = await (await request(form.action, data)).json();
    if (clip && !answer.recording_expires_at) await keep(answer.id, clip);
    return answer.permalink;
  },
});

/** Show what is said and offered beside the chosen model, and send nothing of the others. */
function showModel() {
  const chosen = form.elements.namedItem("model");
  if (!(chosen instanceof HTMLSelectElement)) return;
  for (const part of findAll(form, "[data-for-model]")) {
    part.hidden = part.dataset.forModel !== chosen.value;
    if (part instanceof HTMLFieldSetElement) part.disabled = part.hidden;
  }
}

form.elements.namedItem("model")?.addEventListener("change", showModel);
window.addEventListener("pageshow", showModel); // the back button may bring a choice back
showModel();

const deleted = document.querySelector("[data-deleted]");
if (deleted instanceof HTMLElement && deleted.dataset.deleted) forget(deleted.dataset.deleted);
