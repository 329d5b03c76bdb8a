/** A form that is being sent: its buttons rest, and it says what is going on. */

import { find } from "./dom.js";

export class BusyForm {
  /**
   * @param {HTMLFormElement} form
   * @param {{word: string, status?: string}} said meanwhile: on the button, and beside it
   */
  constructor(form, said) {
    this.form = form;
    this.said = said;
    this.word = find(form, "[data-send-word]");
    this.calmWord = this.word.textContent;
    this.status = form.querySelector("[data-status]");
    // The back button may bring the page back as it was left, with its busy button.
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) this.show(false);
    });
  }

  /** @param {boolean} busy */
  show(busy) {
    this.form.setAttribute("aria-busy", String(busy));
    // Its own buttons, wherever they stand on the page.
    for (const part of this.form.elements) {
      if (part instanceof HTMLButtonElement && part.type === "submit") part.disabled = busy;
    }
    this.word.textContent = busy ? this.said.word : this.calmWord;
    if (this.status) this.status.textContent = (busy && this.said.status) || "";
  }
}
