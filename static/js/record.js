/** The Record tab: a recording is drawn while it is made, and heard before it is sent. */

import { find } from "./dom.js";
import { LiveWave } from "./livewave.js";
import { Player } from "./player.js";
import { Recorder } from "./recorder.js";

/** A longer recording is played without a waveform: to draw it, the browser would hold all of its samples. */
const LONGEST_DRAWN_S = 300;

const SPOKEN = {
  idle: "",
  ready: "The microphone is open. Say a word and watch the level, then record.",
  recording: "Recording.",
  paused: "Paused.",
  review: "Listen, then send it or record again.",
};

export class RecordTab extends Recorder {
  /**
   * @param {HTMLElement} root
   * @param {{maxS: number, waveS?: number, onChange: () => void}} options
   *   `waveS`: the length that the waveform is wide, where that is not the longest recording
   */
  constructor(root, { maxS, waveS = maxS, onChange }) {
    super(root, { maxS, spoken: SPOKEN });
    this.onChange = onChange;
    this.wave = new LiveWave(find(root, "[data-wave]"), waveS);
    this.player = new Player(find(root, "[data-player]"));
  }

  deeds() {
    return { ...super.deeds(), again: () => this.open(this.device.value) };
  }

  /** @param {import("./recorder.js").State} state */
  show(state) {
    super.show(state);
    if (state === "ready") this.wave.clear(); // it is drawn where it is shown
    this.onChange();
  }

  renew() {
    super.renew();
    this.player.clear();
  }

  /** @param {number} peak */
  advance(peak) {
    super.advance(peak);
    this.wave.add(this.elapsedS, peak);
  }

  /** @param {File} clip @param {boolean} held */
  async review(clip, held) {
    await this.player.load(clip, { draw: this.elapsedS <= LONGEST_DRAWN_S });
    super.review(clip, held);
  }
}
