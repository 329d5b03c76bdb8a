/** A form that takes a sound: recorded here, a file, or a sample. Without scripts it sends files and samples by itself. */

import { BusyForm } from "./busy.js";
import { find, playOneAtATime, tell } from "./dom.js";
import { RecordTab } from "./record.js";
import { check, Refusal } from "./send.js";
import { UploadTab } from "./upload.js";

export class SoundForm {
  /**
   * @param {HTMLFormElement} form
   * @param {object} options
   * @param {number} [options.waveS] the length that the waveform is wide, where that is not the longest recording
   * @param {{word: string, status: string}} options.busy what is said while it is on its way
   * @param {(data: FormData, clip: File | null) => Promise<string>} options.send
   *   sends the fields, with the clip among them or a sample's name, and says at which address the answer is;
   *   throws a Refusal
   */
  constructor(form, { waveS, busy, send }) {
    this.form = form;
    this.busy = new BusyForm(form, busy);
    this.send = send;
    this.errorBox = find(form, "[data-error]");
    this.button = find(form, "[data-send]");
    this.uploadButton = find(form, "#upload-tab");
    const onChange = () => tell(this.errorBox);
    this.recorded = new RecordTab(find(form, "[data-recorder]"), {
      maxS: Number(form.dataset.maxS),
      waveS,
      onChange,
    });
    this.uploaded = new UploadTab(form, {
      onChange,
      onDrop: () => {
        this.uploadButton.click();
        onChange();
      },
    });
    this.uploadButton.addEventListener("shown.bs.tab", () => this.recorded.rest());
    playOneAtATime(document);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(event.submitter);
    });
  }

  /**
   * What the pressed button sends: a sample's name, or the clip of the open tab.
   * @param {HTMLElement | null} submitter
   * @returns {{data: FormData, clip: File | null}}
   * @throws {Refusal}
   */
  gather(submitter) {
    const data = new FormData(this.form);
    const field = this.uploaded.input.name;
    data.delete(field);
    if (submitter instanceof HTMLButtonElement && submitter.name === "sample") {
      data.set("sample", submitter.value);
      return { data, clip: null };
    }
    const clip = this.clip();
    check(clip, Number(this.form.dataset.maxBytes));
    data.set(field, clip, clip.name);
    return { data, clip };
  }

  /**
   * @returns {File} the clip of the open tab
   * @throws {Refusal}
   */
  clip() {
    if (this.uploadButton.getAttribute("aria-selected") === "true") {
      if (this.uploaded.clip) return this.uploaded.clip;
      throw new Refusal("No file is chosen", "Choose an audio file, or drop one here.");
    }
    if (this.recorded.running) throw new Refusal("Still recording", "Press Stop and listen, then send it.");
    if (this.recorded.clip) return this.recorded.clip;
    throw new Refusal("Nothing is recorded yet", "Record and stop, then press the button again.");
  }

  /** @param {HTMLElement | null} submitter */
  async submit(submitter) {
    tell(this.errorBox);
    try {
      const { data, clip } = this.gather(submitter);
      this.busy.show(true);
      window.location.assign(await this.send(data, clip));
    } catch (error) {
      this.busy.show(false);
      if (!(error instanceof Refusal)) throw error;
      tell(this.errorBox, error.title, error.message);
      this.errorBox.scrollIntoView({ block: "nearest" });
      (submitter ?? this.button).focus();
    }
  }
}
