/** The page that takes a call. Without this script the same form uploads a file. */

import { find, findAll, playOneAtATime, tell } from "../dom.js";
import { RecordTab } from "../record.js";
import { check, Refusal, request } from "../send.js";
import { UploadTab } from "../upload.js";

/** A large recording takes its time on a slow line. */
const PATIENCE_MS = 3_600_000;
/** The whole width of the waveform while recording; then it begins anew. */
const WAVE_S = 60;

/** @type {HTMLFormElement} */
const form = find(document, "#call-form");
const errorBox = find(form, "[data-error]");
const status = find(form, "[data-status]");
const button = find(form, "[data-send]");
const word = find(form, "[data-send-word]");
const uploadButton = find(form, "#upload-tab");
const calmWord = word.textContent;

const onChange = () => tell(errorBox);
const recorded = new RecordTab(find(form, "[data-recorder]"), {
  maxS: Number(form.dataset.maxS),
  waveS: WAVE_S,
  onChange,
});
const uploaded = new UploadTab(form, {
  onChange,
  onDrop: () => {
    uploadButton.click();
    onChange();
  },
});
playOneAtATime(document);
uploadButton.addEventListener("shown.bs.tab", () => recorded.rest());

/**
 * The form with the recording of the open tab.
 * @returns {FormData}
 * @throws {Refusal}
 */
function gather() {
  const data = new FormData(form);
  const uploading = uploadButton.getAttribute("aria-selected") === "true";
  if (!uploading && recorded.running) throw new Refusal("Still recording", "Press Stop and listen, then send it.");
  const file = uploading ? uploaded.clip : recorded.clip;
  if (!file) {
    throw uploading
      ? new Refusal("No file is chosen", "Choose a recording, or drop one here.")
      : new Refusal("Nothing is recorded yet", "Record and stop, then press the button again.");
  }
  check(file, Number(form.dataset.maxBytes));
  data.set("recording", file, file.name);
  return data;
}

/** @param {boolean} busy */
function showBusy(busy) {
  form.setAttribute("aria-busy", String(busy));
  for (const submit of findAll(form, 'button[type="submit"]')) submit.disabled = busy;
  word.textContent = busy ? "Sending…" : calmWord;
  status.textContent = busy ? "The recording is on its way; stay on this page until it has arrived." : "";
}

async function submit() {
  tell(errorBox);
  try {
    const data = gather();
    showBusy(true);
    const answer = await request(form.action, data, PATIENCE_MS);
    window.location.assign(answer.headers.get("Location") ?? form.action);
  } catch (error) {
    showBusy(false);
    if (!(error instanceof Refusal)) throw error;
    tell(errorBox, error.title, error.message);
    errorBox.scrollIntoView({ block: "nearest" });
    button.focus();
  }
}

form.addEventListener("submit", (event) => {
  // A sample lies on the server: the browser sends its name by itself.
  if (event.submitter instanceof HTMLButtonElement && event.submitter.name === "sample") return;
  event.preventDefault();
  submit();
});

// The back button may bring the page back as it was left, with its busy button.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) showBusy(false);
});
