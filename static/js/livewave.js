/** The waveform while it is being recorded: it fills from left to right; where the whole width is less than the recording, anew. */

const BAR_PX = 3;
const GAP_PX = 2;

export class LiveWave {
  /** @param {HTMLCanvasElement} canvas @param {number} maxS */
  constructor(canvas, maxS) {
    this.canvas = canvas;
    this.maxS = maxS;
    /** @type {Map<number, {sum: number, count: number}>} bar → the peaks heard during it */
    this.peaks = new Map();
    this.laps = 0;
    document.addEventListener("themechange", () => this.draw());
  }

  clear() {
    this.peaks.clear();
    this.draw();
  }

  /** @param {number} elapsedS @param {number} peak in [0, 1] */
  add(elapsedS, peak) {
    const laps = Math.floor(elapsedS / this.maxS);
    if (laps !== this.laps) this.peaks.clear();
    this.laps = laps;
    const bar = Math.floor((elapsedS / this.maxS - laps) * this.bars);
    const { sum, count } = this.peaks.get(bar) ?? { sum: 0, count: 0 };
    this.peaks.set(bar, { sum: sum + peak, count: count + 1 });
    this.draw();
  }

  /** @returns {number} how many bars fit */
  get bars() {
    return Math.max(1, Math.floor(this.canvas.clientWidth / (BAR_PX + GAP_PX)));
  }

  draw() {
    const { canvas } = this;
    const scale = window.devicePixelRatio;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const pen = canvas.getContext("2d");
    if (!pen || !width) return;
    canvas.width = width * scale;
    canvas.height = height * scale;
    pen.scale(scale, scale);
    const style = getComputedStyle(canvas);
    pen.fillStyle = style.getPropertyValue("--line");
    pen.fillRect(0, height / 2, width, 1);
    pen.fillStyle = style.getPropertyValue("--accent");
    for (const [bar, { sum, count }] of this.peaks) {
      // The square root lifts a soft voice into view and leaves a loud one its shape.
      const tall = Math.max(2, Math.sqrt(sum / count) * (height - 8));
      pen.fillRect(bar * (BAR_PX + GAP_PX), (height - tall) / 2, BAR_PX, tall);
    }
  }
}

/**
 * How loud a peak sounds: decibels above -60 dBFS, on a scale from 0 to 1.
 * @param {number} peak in [0, 1]
 * @returns {number}
 */
export function loudness(peak) {
  return Math.max(0, 1 + Math.log10(Math.max(peak, 1e-6)) / 3);
}
