/** The whole recording, once it is stopped: heard again, downloaded, or sent to be analysed as a call. */

import { BusyForm } from "../busy.js";
import { sendCall } from "../call/send.js";
import { find } from "../dom.js";
import { check, Refusal } from "../send.js";

export class Whole {
  /** @param {ParentNode} root @param {{maxBytes: number, onRefusal: (refusal: Refusal) => void}} options */
  constructor(root, { maxBytes, onRefusal }) {
    this.maxBytes = maxBytes;
    this.onRefusal = onRefusal;
    /** @type {HTMLFormElement} */
    this.form = find(root, "[data-whole-form]");
    this.busy = new BusyForm(this.form, { word: "Sending…" });
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
      this.busy.show(true);
      window.location.assign(await sendCall(this.form, data));
    } catch (error) {
      this.busy.show(false);
      if (!(error instanceof Refusal)) throw error;
      this.onRefusal(error);
    }
  }
}
