/** The page that takes a clip. Without this script the same form uploads files and samples. */

import { forget, keep } from "./clipstore.js";
import { find, findAll, playOneAtATime, tell } from "./dom.js";
import { RecordTab } from "./record.js";
import { check, Refusal, send } from "./send.js";
import { UploadTab } from "./upload.js";

/** @type {HTMLFormElement} */
const form = find(document, "#clip-form");
const errorBox = find(form, "[data-error]");
const status = find(form, "[data-status]");
const button = find(form, "[data-send]");
const word = find(form, "[data-send-word]");
const uploadButton = find(form, "#upload-tab");
const calmWord = word.textContent;

const onChange = () => tell(errorBox);
const recorded = new RecordTab(find(form, "[data-recorder]"), { maxS: Number(form.dataset.maxS), onChange });
const uploaded = new UploadTab(form, {
  onChange,
  onDrop: () => {
    uploadButton.click();
    onChange();
  },
});
playOneAtATime(document);
uploadButton.addEventListener("shown.bs.tab", () => recorded.rest());

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
showModel();

const deleted = document.querySelector("[data-deleted]");
if (deleted instanceof HTMLElement && deleted.dataset.deleted) forget(deleted.dataset.deleted);

/**
 * What the pressed button sends: a sample's name, or the clip of the open tab.
 * @param {HTMLElement | null} submitter
 * @returns {{data: FormData, clip: File | null}}
 * @throws {Refusal}
 */
function gather(submitter) {
  const data = new FormData(form);
  data.delete("audio");
  if (submitter instanceof HTMLButtonElement && submitter.name === "sample") {
    data.set("sample", submitter.value);
    data.delete("same_voice"); // a sample is nobody's voice
    return { data, clip: null };
  }
  const uploading = uploadButton.getAttribute("aria-selected") === "true";
  const clip = uploading ? uploaded.clip : recorded.clip;
  if (!uploading && recorded.running) throw new Refusal("Still recording", "Press Stop and listen, then send it.");
  if (!clip) {
    throw uploading
      ? new Refusal("No file is chosen", "Choose an audio file, or drop one here.")
      : new Refusal("Nothing is recorded yet", "Record a few seconds and stop, then press the button again.");
  }
  check(clip, Number(form.dataset.maxBytes));
  data.set("audio", clip, clip.name);
  return { data, clip };
}

/** @param {boolean} busy */
function showBusy(busy) {
  form.setAttribute("aria-busy", String(busy));
  for (const submit of findAll(document, 'button[type="submit"]')) submit.disabled = busy;
  word.textContent = busy ? "Listening…" : calmWord;
  status.textContent = busy ? "The clip is being heard; this takes a moment." : "";
}

/** @param {HTMLElement | null} submitter */
async function submit(submitter) {
  tell(errorBox);
  try {
    const { data, clip } = gather(submitter);
    showBusy(true);
    const answer = await send(form.action, data);
    if (clip && !answer.recording_expires_at) await keep(answer.id, clip);
    window.location.assign(answer.permalink);
  } catch (error) {
    showBusy(false);
    if (!(error instanceof Refusal)) throw error;
    tell(errorBox, error.title, error.message);
    errorBox.scrollIntoView({ block: "nearest" });
    (submitter ?? button).focus();
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit(event.submitter);
});

// The back button may bring the page back as it was left, with its busy button.
window.addEventListener("pageshow", (event) => {
  showModel(); // and it may bring a choice back
  if (event.persisted) showBusy(false);
});
