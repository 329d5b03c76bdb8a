/** The part of the call that is shown: one axis of time for every chart. */

/** Closer than this nothing more is to be seen. */
const LEAST_SPAN_S = 6;

export class View extends EventTarget {
  /** @param {number} durationS */
  constructor(durationS) {
    super();
    this.durationS = durationS;
    this.fromS = 0;
    this.toS = durationS;
  }

  /** @returns {number} how many seconds are shown */
  get spanS() {
    return this.toS - this.fromS;
  }

  /** @returns {boolean} whether all of it is shown */
  get whole() {
    return this.spanS >= this.durationS;
  }

  /** @param {number} second @param {number} widthPx @returns {number} pixels from the left edge */
  x(second, widthPx) {
    return ((second - this.fromS) / this.spanS) * widthPx;
  }

  /** @param {number} x pixels from the left edge @param {number} widthPx @returns {number} a second within the call */
  second(x, widthPx) {
    return Math.min(Math.max(this.fromS + (x / widthPx) * this.spanS, 0), this.durationS);
  }

  /**
   * Show another part, held within the call.
   * @param {number} fromS
   * @param {number} spanS
   */
  show(fromS, spanS) {
    const span = Math.min(Math.max(spanS, LEAST_SPAN_S), this.durationS);
    this.fromS = Math.min(Math.max(fromS, 0), this.durationS - span);
    this.toS = this.fromS + span;
    this.dispatchEvent(new Event("change"));
  }

  /**
   * Zoom, so that a second stays where it is.
   * @param {number} factor above 1: closer
   * @param {number} aroundS
   */
  zoom(factor, aroundS) {
    const span = Math.min(Math.max(this.spanS / factor, LEAST_SPAN_S), this.durationS);
    this.show(aroundS - ((aroundS - this.fromS) / this.spanS) * span, span);
  }

  /** @param {number} seconds */
  pan(seconds) {
    this.show(this.fromS + seconds, this.spanS);
  }

  /** Bring a second into view. @param {number} second */
  reveal(second) {
    if (second < this.fromS || second > this.toS) this.show(second - this.spanS / 10, this.spanS);
  }

  all() {
    this.show(0, this.durationS);
  }
}
