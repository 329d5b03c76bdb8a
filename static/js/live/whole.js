/** The whole recording, once it is stopped: heard again, downloaded, or sent to be analysed as a call. */

import { find } from "../dom.js";
import { check, Refusal, request } from "../send.js";

export class Whole {
  /** @param {ParentNode} root @param {{maxBytes: number, onRefusal: (refusal: Refusal) => void}} options */
  constructor(root, { maxBytes, onRefusal }) {
    this.maxBytes = maxBytes;
    this.onRefusal = onRefusal;
    /** @type {HTMLFormElement} */
    this.form = find(root, "[data-whole-form]");
    this.word = find(root, "[data-whole-word]");
    this.calmWord = this.word.textContent;
    /** @type {HTMLAudioElement} */
    this.audio = find(root, "[data-whole]");
    /** @type {HTMLAnchorElement} */
    this.link = find(root, "[data-download]");
    /** @type {File | null} */
    this.file = null;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    // The back button may bring the page back as it was left, with its busy button.
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) this.showBusy(false);
    });
  }

  /** @param {File} file */
  show(file) {
    this.clear();
    this.file = file;
    this.audio.src = this.link.href = URL.createObjectURL(file);
    this.link.download = file.name;
  }

  clear() {
    if (this.file) URL.revokeObjectURL(this.audio.src);
    this.file = null;
    this.audio.removeAttribute("src");
    this.link.removeAttribute("href");
  }

  async send() {
    if (!this.file) return;
    try {
      check(this.file, this.maxBytes);
      const data = new FormData(this.form);
      data.set("recording", this.file, this.file.name);
      this.showBusy(true);
      const response = await request(this.form.action, data);
      window.location.assign(response.headers.get("Location") ?? this.form.action);
    } catch (error) {
      this.showBusy(false);
      if (!(error instanceof Refusal)) throw error;
      this.onRefusal(error);
    }
  }

  /** @param {boolean} busy */
  showBusy(busy) {
    this.form.setAttribute("aria-busy", String(busy));
    find(this.form, "button").disabled = busy;
    this.word.textContent = busy ? "Sending…" : this.calmWord;
  }
}
