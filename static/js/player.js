/** A player with a waveform, over the browser's own <audio>. */

import WaveSurfer from "../vendor/wavesurfer-7.12.12/wavesurfer.esm.js";
import { find } from "./dom.js";

const STEP_S = 1;

/** @returns {{waveColor: string, progressColor: string, cursorColor: string}} the theme's colours */
function colours() {
  const style = getComputedStyle(document.documentElement);
  const accent = style.getPropertyValue("--accent");
  return { waveColor: style.getPropertyValue("--accent-mid"), progressColor: accent, cursorColor: accent };
}

export class Player {
  /** @param {HTMLElement} root an element made by the template's `player` macro */
  constructor(root) {
    this.root = root;
    /** @type {HTMLAudioElement} */
    this.audio = find(root, "audio");
    /** @type {HTMLButtonElement} */
    this.toggle = find(root, "[data-player-toggle]");
    /** @type {HTMLElement} */
    this.wave = find(root, "[data-player-wave]");
    /** @type {HTMLElement} */
    this.time = find(root, "[data-player-time]");
    this.name = (this.toggle.getAttribute("aria-label") ?? "").replace(/^Play /, "");
    /** @type {WaveSurfer | null} */
    this.surfer = null;
    this.url = "";
    this.toggle.addEventListener("click", () => this.surfer?.playPause());
    this.wave.addEventListener("keydown", (event) => this.seekByKey(event));
    document.addEventListener("themechange", () => this.surfer?.setOptions(colours()));
  }

  /**
   * Show a sound; where it cannot be drawn the browser's own player stays.
   * @param {Blob | string} source
   * @param {{draw?: boolean}} [options] `draw`: false where it is too long to be decoded at once
   */
  async load(source, { draw = true } = {}) {
    this.clear();
    this.root.hidden = false;
    this.url = source instanceof Blob ? URL.createObjectURL(source) : source;
    if (!draw) {
      this.plain();
      return;
    }
    for (const part of [this.toggle, this.wave, this.time]) part.hidden = false;
    this.audio.controls = false;
    const surfer = WaveSurfer.create({
      url: this.url,
      container: this.wave,
      media: this.audio,
      height: 72,
      barWidth: 3,
      barGap: 2,
      barRadius: 3,
      cursorWidth: 2,
      normalize: true,
      cspNonce: document.querySelector('meta[name="csp-nonce"]')?.getAttribute("content") ?? undefined,
      ...colours(),
    });
    this.surfer = surfer;
    surfer.on("play", () => this.showPlaying(true));
    surfer.on("pause", () => this.showPlaying(false));
    surfer.on("finish", () => this.showPlaying(false));
    surfer.on("timeupdate", () => this.showTime());
    this.showPlaying(false);
    this.describe();
    const drawn = await new Promise((resolve) => {
      surfer.on("ready", () => resolve(true));
      surfer.on("error", () => resolve(false));
      surfer.on("destroy", () => resolve(true));
    });
    if (this.surfer !== surfer) return; // another sound took its place meanwhile
    if (drawn) {
      this.root.dataset.ready = "";
      this.showTime();
    } else {
      this.plain();
    }
  }

  /** Let go of the sound. */
  clear() {
    this.audio.pause();
    this.surfer?.destroy();
    this.surfer = null;
    delete this.root.dataset.ready;
    if (this.url.startsWith("blob:")) URL.revokeObjectURL(this.url);
    this.url = "";
  }

  /** Fall back to the browser's own player. */
  plain() {
    this.surfer?.destroy();
    this.surfer = null;
    for (const part of [this.toggle, this.wave, this.time]) part.hidden = true;
    this.audio.src = this.url;
    this.audio.controls = true;
  }

  /** @param {boolean} playing */
  showPlaying(playing) {
    this.root.dataset.playing = String(playing);
    this.toggle.setAttribute("aria-label", `${playing ? "Pause" : "Play"} ${this.name}`);
  }

  /** The waveform is a slider for keyboards and screen readers. */
  describe() {
    this.wave.tabIndex = 0;
    this.wave.setAttribute("role", "slider");
    this.wave.setAttribute("aria-label", `Position in ${this.name}`);
    this.wave.setAttribute("aria-valuemin", "0");
    this.showTime();
  }

  showTime() {
    const now = this.surfer?.getCurrentTime() ?? 0;
    const end = this.surfer?.getDuration() ?? 0;
    this.time.textContent = `${now.toFixed(1)} / ${end.toFixed(1)} s`;
    this.wave.setAttribute("aria-valuemax", end.toFixed(1));
    this.wave.setAttribute("aria-valuenow", now.toFixed(1));
    this.wave.setAttribute("aria-valuetext", `${now.toFixed(1)} of ${end.toFixed(1)} seconds`);
  }

  /** @param {KeyboardEvent} event */
  seekByKey(event) {
    if (!this.surfer) return;
    const end = this.surfer.getDuration();
    const now = this.surfer.getCurrentTime();
    /** @type {Record<string, number>} */
    const targets = {
      ArrowLeft: now - STEP_S,
      ArrowDown: now - STEP_S,
      ArrowRight: now + STEP_S,
      ArrowUp: now + STEP_S,
      Home: 0,
      End: end,
    };
    if (event.key === " ") this.surfer.playPause();
    else if (event.key in targets) this.surfer.setTime(Math.min(Math.max(targets[event.key], 0), end));
    else return;
    event.preventDefault();
    this.showTime();
  }
}
