/** The Upload tab: choose or drop one file, see and hear it before it is sent. */

import { find, size } from "./dom.js";

export class UploadTab {
  /**
   * @param {HTMLFormElement} form its whole area takes dropped files
   * @param {{onChange: () => void, onDrop: () => void}} options
   */
  constructor(form, { onChange, onDrop }) {
    /** @type {HTMLInputElement} */
    this.input = find(form, "#audio");
    this.chosen = find(form, "[data-chosen]");
    this.name = find(form, "[data-chosen-name]");
    this.size = find(form, "[data-chosen-size]");
    this.audio = find(form, "[data-chosen-audio]");
    this.input.addEventListener("change", () => {
      this.show();
      onChange();
    });
    form.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      form.classList.add("dropping");
    });
    form.addEventListener("dragleave", (event) => {
      if (!form.contains(/** @type {Node | null} */ (event.relatedTarget))) form.classList.remove("dropping");
    });
    form.addEventListener("drop", (event) => {
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      form.classList.remove("dropping");
      const one = new DataTransfer();
      one.items.add(event.dataTransfer.files[0]);
      this.input.files = one.files;
      this.show();
      onDrop();
    });
    this.show(); // a browser may bring the choice back on reload
  }

  /** @returns {File | null} */
  get clip() {
    return this.input.files?.[0] ?? null;
  }

  show() {
    URL.revokeObjectURL(this.audio.src);
    const { clip } = this;
    this.chosen.hidden = !clip;
    this.audio.hidden = !clip?.size; // a browser complains about playing nothing
    if (!clip?.size) this.audio.removeAttribute("src");
    else this.audio.src = URL.createObjectURL(clip);
    if (!clip) return;
    this.name.textContent = clip.name;
    this.size.textContent = size(clip.size);
  }
}
