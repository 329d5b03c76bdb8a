/** The last seconds of sound, and the bytes in which they travel. */

export const RATE_HZ = 16_000;

export class LastSeconds {
  /** @param {number} seconds */
  constructor(seconds) {
    this.samples = new Float32Array(Math.round(seconds * RATE_HZ));
    /** How many samples have come since the start. */
    this.heard = 0;
  }

  /** @returns {number} seconds that have come since the start */
  get heardS() {
    return this.heard / RATE_HZ;
  }

  /** @param {Float32Array} piece shorter than what is held */
  push(piece) {
    const held = this.samples;
    held.copyWithin(0, piece.length);
    held.set(piece, held.length - piece.length);
    this.heard += piece.length;
  }

  /** @returns {ArrayBuffer} what is held, less where less has come: 16-bit samples, the low byte first */
  bytes() {
    const held = this.samples.subarray(Math.max(0, this.samples.length - this.heard));
    const view = new DataView(new ArrayBuffer(2 * held.length));
    held.forEach((sample, index) => {
      const bounded = Math.max(-1, Math.min(1, sample));
      view.setInt16(2 * index, Math.round(bounded * (bounded < 0 ? 32_768 : 32_767)), true);
    });
    return view.buffer;
  }
}
