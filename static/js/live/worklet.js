/** In the audio thread: hands the sound on, in pieces of a few hundredths of a second. */

const PIECE = 512;

class Collector extends AudioWorkletProcessor {
  constructor() {
    super();
    this.piece = new Float32Array(PIECE);
    this.filled = 0;
  }

  /**
   * @param {Float32Array[][]} inputs one input, of one channel or none yet
   * @returns {boolean} whether to be called again
   */
  process(inputs) {
    const samples = inputs[0]?.[0];
    if (!samples) return true;
    for (let taken = 0; taken < samples.length; ) {
      const part = samples.subarray(taken, taken + PIECE - this.filled);
      this.piece.set(part, this.filled);
      this.filled += part.length;
      taken += part.length;
      if (this.filled === PIECE) this.handOn();
    }
    return true;
  }

  handOn() {
    this.port.postMessage(this.piece, [this.piece.buffer]);
    this.piece = new Float32Array(PIECE);
    this.filled = 0;
  }
}

registerProcessor("collector", Collector);
