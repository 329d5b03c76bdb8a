/** The page that takes a call. Without this script the same form uploads a file or names the sample. */

import { find } from "../dom.js";
import { SoundForm } from "../soundform.js";
import { sendCall } from "./send.js";

/** The whole width of the waveform while recording; then it begins anew. */
const WAVE_S = 60;

/** @type {HTMLFormElement} */
const form = find(document, "#call-form");

new SoundForm(form, {
  waveS: WAVE_S,
  busy: { word: "Sending…", status: "The recording is on its way; stay on this page until it has arrived." },
  send: (data) => sendCall(form, data),
});
