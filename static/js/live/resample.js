/** From the microphone's sample rate to the model's, piece by piece, where the browser does not do it itself. */

/** Zero crossings of the filter on either side: more is steeper, and slower. */
const CROSSINGS = 12;
/** A little under half the lower rate, so that the filter has fallen before it. */
const CUTOFF = 0.9;

export class Resampler {
  /** @param {number} fromHz @param {number} toHz */
  constructor(fromHz, toHz) {
    this.step = fromHz / toHz;
    this.cutoff = CUTOFF * Math.min(1, toHz / fromHz);
    this.reach = Math.ceil(CROSSINGS / this.cutoff);
    /** What has come and is still needed; silence stands before the first sample. */
    this.held = new Float32Array(this.reach);
    /** Where the next sample lies in `held`. */
    this.place = this.reach;
  }

  /**
   * @param {Float32Array} piece
   * @returns {Float32Array} as much as can be said so far
   */
  push(piece) {
    const all = new Float32Array(this.held.length + piece.length);
    all.set(this.held);
    all.set(piece, this.held.length);
    const found = [];
    for (; this.place + this.reach < all.length; this.place += this.step) found.push(this.at(all, this.place));
    const spent = Math.max(0, Math.floor(this.place) - this.reach);
    this.held = all.slice(spent);
    this.place -= spent;
    return Float32Array.from(found);
  }

  /**
   * The sound between the samples: a sinc under a Hann window.
   * @param {Float32Array} samples @param {number} place
   * @returns {number}
   */
  at(samples, place) {
    let sum = 0;
    for (let index = Math.ceil(place - this.reach); index <= place + this.reach; index++) {
      const away = index - place;
      const turn = Math.PI * this.cutoff * away;
      const sinc = turn === 0 ? 1 : Math.sin(turn) / turn;
      sum += samples[index] * sinc * (0.5 + 0.5 * Math.cos((Math.PI * away) / (this.reach + 1)));
    }
    return this.cutoff * sum;
  }
}
