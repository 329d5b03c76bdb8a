/** The Record tab: idle → ready → recording ⇄ paused → review, and back. */

import { clock, find, findAll, tell } from "./dom.js";
import { LiveWave, loudness } from "./livewave.js";
import { Microphone, MicrophoneError } from "./microphone.js";
import { Player } from "./player.js";

const TICK_MS = 50;
/** The encoder runs on for a moment after it is told to stop; a clip at the limit must not go over it. */
const STOP_EARLY_S = 0.25;
/** A longer recording is played without a waveform: to draw it, the browser would hold all of its samples. */
const LONGEST_DRAWN_S = 300;

const SPOKEN = {
  idle: "",
  ready: "The microphone is open. Say a word and watch the level, then record.",
  recording: "Recording.",
  paused: "Paused.",
  review: "Listen, then send it or record again.",
};

/** @type {Record<string, string>} state → the button a keyboard most likely wants next */
const NEXT = { idle: "open", ready: "start", recording: "pause", paused: "resume" };

export class RecordTab {
  /**
   * @param {HTMLElement} root
   * @param {{maxS: number, waveS?: number, onChange: () => void}} options
   *   `waveS`: the length that the waveform is wide, where that is not the longest recording
   */
  constructor(root, { maxS, waveS = maxS, onChange }) {
    this.root = root;
    this.limitS = maxS - STOP_EARLY_S;
    this.onChange = onChange;
    /** @type {File | null} what would be sent */
    this.clip = null;
    /** @type {Microphone | null} */
    this.microphone = null;
    this.elapsedS = 0;
    this.lastTickMs = 0;
    this.timer = 0;
    this.attempts = 0;
    this.error = find(root, "[data-recorder-error]");
    this.status = find(root, "[data-recorder-status]");
    this.level = find(root, "[data-level]");
    this.elapsed = find(root, "[data-elapsed]");
    this.device = find(root, "[data-device]");
    this.wave = new LiveWave(find(root, "[data-wave]"), waveS);
    this.player = new Player(find(root, "[data-player]"));
    /** @type {Record<string, () => void>} */
    const deeds = {
      open: () => this.open(),
      start: () => this.start(),
      pause: () => this.pause(),
      resume: () => this.resume(),
      stop: () => this.microphone?.stop(),
      again: () => this.open(this.device.value),
    };
    for (const button of findAll(root, "[data-do]")) {
      button.addEventListener("click", () => deeds[button.dataset.do]());
    }
    this.device.addEventListener("change", () => this.open(this.device.value));
    window.addEventListener("pagehide", () => this.microphone?.close());
  }

  /** @returns {string} */
  get state() {
    return this.root.dataset.state ?? "idle";
  }

  /** @returns {boolean} whether a recording is being made, paused or not */
  get running() {
    return this.state === "recording" || this.state === "paused";
  }

  /** @param {keyof typeof SPOKEN} state */
  show(state) {
    const held = this.root.contains(document.activeElement);
    this.root.dataset.state = state;
    for (const part of findAll(this.root, "[data-show]")) {
      part.hidden = !part.dataset.show.split(" ").includes(state);
    }
    this.status.textContent = SPOKEN[state];
    // The pressed button has gone; without this the keyboard would start again at the top of the page.
    if (held && NEXT[state]) find(this.root, `[data-do="${NEXT[state]}"]`).focus();
    this.onChange();
  }

  /** @param {string} [deviceId] */
  async open(deviceId) {
    this.close();
    tell(this.error);
    const attempt = ++this.attempts;
    /** @type {Microphone} */
    let microphone;
    try {
      microphone = await Microphone.open(deviceId);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (attempt !== this.attempts) {
      microphone.close(); // another wish came while the browser asked
      return;
    }
    this.microphone = microphone;
    this.clip = null;
    microphone.addEventListener("lost", () => this.lost());
    await this.listDevices();
    this.elapsedS = 0;
    this.elapsed.textContent = clock(0);
    this.player.clear();
    this.show("ready");
    this.wave.clear();
    this.timer = window.setInterval(() => this.tick(), TICK_MS);
  }

  async listDevices() {
    const devices = await Microphone.devices();
    this.device.replaceChildren(
      ...devices.map((device, index) => new Option(device.label || `Microphone ${index + 1}`, device.deviceId)),
    );
    this.device.value = this.microphone?.deviceId ?? "";
  }

  async start() {
    if (!this.microphone) return;
    this.lastTickMs = performance.now();
    const recording = this.microphone.record();
    this.show("recording");
    try {
      this.clip = await recording;
    } catch (error) {
      this.fail(error);
      return;
    }
    const held = this.root.contains(document.activeElement);
    this.close();
    this.show("review");
    await this.player.load(this.clip, { draw: this.elapsedS <= LONGEST_DRAWN_S });
    if (held) this.player.toggle.focus();
  }

  pause() {
    this.microphone?.pause();
    this.show("paused");
  }

  resume() {
    this.lastTickMs = performance.now();
    this.microphone?.resume();
    this.show("recording");
  }

  /** An interval and not an animation frame, because the limit holds in a background tab too. */
  tick() {
    if (!this.microphone) return;
    const peak = this.microphone.peak();
    this.level.value = loudness(peak);
    if (this.state !== "recording") return;
    const now = performance.now();
    this.elapsedS += (now - this.lastTickMs) / 1000;
    this.lastTickMs = now;
    this.elapsed.textContent = clock(this.elapsedS);
    this.wave.add(this.elapsedS, peak);
    if (this.elapsedS >= this.limitS) this.microphone.stop();
  }

  /** The device was unplugged; what was recorded until then is kept by the recorder itself. */
  lost() {
    tell(this.error, "The microphone has gone", "It was unplugged or switched off. What it recorded is kept.");
    if (this.state === "ready") {
      this.close();
      tell(this.error, "The microphone has gone", "Plug it in again or choose another one.");
      this.show("idle");
    }
  }

  /** Give the microphone back while nothing is recorded with it. */
  rest() {
    if (this.state !== "ready") return;
    this.close();
    this.show("idle");
  }

  /** @param {unknown} error */
  fail(error) {
    this.close();
    this.show(this.clip ? "review" : "idle");
    if (error instanceof MicrophoneError) tell(this.error, error.title, error.message);
    else throw error;
  }

  close() {
    window.clearInterval(this.timer);
    this.microphone?.close();
    this.microphone = null;
  }
}
