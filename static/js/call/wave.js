/** The waveform, from peaks that the server made: nothing long is decoded here. It shows what the other rows show. */

import WaveSurfer from "../../vendor/wavesurfer-7.12.12/wavesurfer.esm.js";

const LOUDEST = 255;

/** @returns {{waveColor: string, progressColor: string}} the theme's colours */
function colours() {
  const accent = getComputedStyle(document.documentElement).getPropertyValue("--accent");
  return { waveColor: accent, progressColor: accent };
}

export class Wave {
  /**
   * @param {HTMLElement} box
   * @param {import("./call.js").Call} call
   * @param {import("./view.js").View} view
   */
  constructor(box, call, view) {
    this.box = box;
    this.view = view;
    const rows = Math.max(call.peaks.length, 1);
    this.surfer = WaveSurfer.create({
      container: box,
      peaks: call.peaks.map((row) => row.map((peak) => peak / LOUDEST)),
      duration: call.durationS,
      height: Math.floor(box.clientHeight / rows),
      splitChannels: rows > 1 ? call.peaks.map(() => ({})) : undefined,
      // The rows share one pointer, one line for where one is, and one player; see page.js.
      interact: false,
      cursorWidth: 0,
      autoScroll: false,
      autoCenter: false,
      hideScrollbar: true,
      cspNonce: document.querySelector('meta[name="csp-nonce"]')?.getAttribute("content") ?? undefined,
      ...colours(),
    });
    this.surfer.on("ready", () => this.follow());
    document.addEventListener("themechange", () => this.surfer.setOptions(colours()));
  }

  /** Show the part of the call that the view shows. */
  follow() {
    if (!this.surfer.getDecodedData() || !this.box.clientWidth) return;
    this.surfer.zoom(this.box.clientWidth / this.view.spanS);
    this.surfer.setScrollTime(this.view.fromS);
  }
}
