/** The call as the server tells it, and what is asked of it. */

/**
 * @typedef {object} CallWindow
 * @property {number} number its place in the call's timeline
 * @property {number} startS
 * @property {number} endS
 * @property {number} lane
 * @property {number} label -1: not judged
 * @property {number} percent
 * @property {boolean} uncertain
 * @property {number[]} shares probabilities in per cent, in the order of the labels
 */
/** @typedef {{name: string, role: string, judged: boolean, turns: [number, number][]}} Lane */
/** @typedef {{timeS: number, valence: number, smoothed: number}} Point */

export class Call {
  /** @param {any} told the server's answer */
  constructor(told) {
    /** @type {number} */
    this.durationS = told.duration_s;
    /** @type {number} */
    this.hopS = told.hop_s;
    /** @type {number[][]} one row a channel, 0 to 255 */
    this.peaks = told.peaks;
    /** @type {number} */
    this.peaksPerS = told.peaks_per_s;
    /** @type {{name: string, word: string}[]} */
    this.labels = told.labels;
    /** @type {Lane[]} */
    this.lanes = told.lanes;
    /** @type {CallWindow[]} */
    this.windows = told.windows.map(
      (/** @type {any[]} */ [number, startS, endS, lane, label, percent, uncertain, shares]) => ({
        number,
        startS,
        endS: Math.min(endS, told.duration_s),
        lane,
        label,
        percent,
        uncertain: Boolean(uncertain),
        shares,
      }),
    );
    /** @type {Point[]} */
    this.points = told.points.map((/** @type {number[]} */ [timeS, valence, smoothed]) => ({ timeS, valence, smoothed }));
    this.judged = this.windows.filter((window) => window.label >= 0);
    this.customer = this.lanes.findIndex((lane) => lane.role === "customer");
  }

  /** @param {number} second @returns {CallWindow | null} the last window to begin there, a judged one before others */
  at(second) {
    const here = this.windows.filter((window) => window.startS <= second && second < window.endS);
    return here.findLast((window) => window.label >= 0) ?? here.at(-1) ?? null;
  }

  /**
   * @param {number} second
   * @param {1 | -1} direction
   * @returns {CallWindow | null} the next judged window that way
   */
  beside(second, direction) {
    return (
      (direction > 0
        ? this.judged.find((window) => window.startS > second + 0.05)
        : this.judged.findLast((window) => window.startS < second - 0.05)) ?? null
    );
  }

  /** @param {CallWindow} window @returns {string} what it sounds like, in words */
  words(window) {
    const lane = this.lanes[window.lane];
    if (window.label < 0) return `${lane.role} speaks, ${lane.judged ? "too short to judge" : "not judged"}`;
    const sure = window.uncertain ? ", uncertain" : "";
    return `${lane.role} sounds ${this.labels[window.label].word}, ${Math.round(window.percent)} %${sure}`;
  }
}
