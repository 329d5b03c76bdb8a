/** Where in the call one is, with the sound or without it. */

export class Transport extends EventTarget {
  /** @param {HTMLAudioElement | null} audio @param {number} durationS */
  constructor(audio, durationS) {
    super();
    this.audio = audio;
    this.durationS = durationS;
    this.silentS = 0;
    /** Where a place that is listened to ends; then the sound stops. */
    this.untilS = Number.POSITIVE_INFINITY;
    for (const name of ["play", "pause", "ended", "seeked"]) audio?.addEventListener(name, () => this.tell());
    audio?.addEventListener("timeupdate", () => this.follow());
  }

  /** @returns {number} */
  get nowS() {
    return this.audio ? this.audio.currentTime : this.silentS;
  }

  /** @returns {boolean} */
  get playing() {
    return Boolean(this.audio && !this.audio.paused && !this.audio.ended);
  }

  tell() {
    this.dispatchEvent(new Event("change"));
  }

  follow() {
    if (this.nowS >= this.untilS) {
      this.untilS = Number.POSITIVE_INFINITY;
      this.audio?.pause();
    }
    this.tell();
  }

  /** @param {number} second */
  seek(second) {
    const held = Math.min(Math.max(second, 0), Math.max(0, this.durationS - 0.01));
    this.untilS = Number.POSITIVE_INFINITY;
    if (this.audio) this.audio.currentTime = held;
    else this.silentS = held;
    this.tell();
  }

  /** @param {number} startS @param {number} endS */
  listen(startS, endS) {
    this.seek(startS);
    this.untilS = Math.max(endS, startS + 1);
    // Refused where the browser wants a gesture first; the place is set all the same.
    this.audio?.play().catch(() => {});
  }

  toggle() {
    if (!this.audio) return;
    this.untilS = Number.POSITIVE_INFINITY;
    if (this.audio.paused) this.audio.play().catch(() => {});
    else this.audio.pause();
  }
}
