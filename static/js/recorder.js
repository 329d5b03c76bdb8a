/** A microphone on a page: idle → ready → recording ⇄ paused → review, and back. */

import { clock, find, findAll, tell } from "./dom.js";
import { loudness } from "./livewave.js";
import { Microphone, MicrophoneError } from "./microphone.js";

const TICK_MS = 50;
/** The encoder runs on for a moment after it is told to stop; a recording at the limit must not go over it. */
const STOP_EARLY_S = 0.25;

/** @typedef {"idle" | "ready" | "recording" | "paused" | "review"} State */

/** @type {Partial<Record<State, string>>} the button a keyboard most likely wants next */
const NEXT = { idle: "open", ready: "start", recording: "pause", paused: "resume" };

/** What every page that records shares: one block per state, the buttons between them, the device, level and clock. */
export class Recorder {
  /**
   * @param {HTMLElement} root
   * @param {{maxS: number, spoken: Record<State, string>}} options `spoken`: what is said of each state
   */
  constructor(root, { maxS, spoken }) {
    this.root = root;
    this.limitS = maxS - STOP_EARLY_S;
    this.spoken = spoken;
    /** @type {File | null} what was recorded */
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
    const deeds = this.deeds();
    for (const button of findAll(root, "[data-do]")) {
      button.addEventListener("click", () => deeds[button.dataset.do]());
    }
    this.device.addEventListener("change", () => this.open(this.device.value));
    window.addEventListener("pagehide", () => this.microphone?.close());
  }

  /** @returns {Record<string, () => void>} what the buttons do */
  deeds() {
    return {
      open: () => this.open(),
      start: () => this.start(),
      pause: () => this.pause(),
      resume: () => this.resume(),
      stop: () => this.microphone?.stop(),
    };
  }

  /** @returns {State} */
  get state() {
    return /** @type {State} */ (this.root.dataset.state ?? "idle");
  }

  /** @returns {boolean} whether a recording is being made, paused or not */
  get running() {
    return this.state === "recording" || this.state === "paused";
  }

  /** @param {State} state */
  show(state) {
    const held = this.held;
    this.root.dataset.state = state;
    for (const part of findAll(this.root, "[data-show]")) {
      part.hidden = !part.dataset.show.split(" ").includes(state);
    }
    this.status.textContent = this.spoken[state];
    // The pressed button has gone; without this the keyboard would start again at the top of the page.
    if (held && NEXT[state]) find(this.root, `[data-do="${NEXT[state]}"]`).focus();
  }

  /** @returns {boolean} whether the keyboard is in here */
  get held() {
    return this.root.contains(document.activeElement);
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
    microphone.addEventListener("lost", () => this.lost());
    await this.listDevices(microphone);
    this.renew();
    this.show("ready");
    this.timer = window.setInterval(() => this.tick(), TICK_MS);
  }

  /** @param {Microphone} microphone the one that is open */
  async listDevices(microphone) {
    const devices = await Microphone.devices();
    this.device.replaceChildren(
      ...devices.map((device, index) => new Option(device.label || `Microphone ${index + 1}`, device.deviceId)),
    );
    this.device.value = microphone.deviceId;
  }

  /** Nothing recorded yet. */
  renew() {
    this.clip = null;
    this.elapsedS = 0;
    this.elapsed.textContent = clock(0);
  }

  async start() {
    const { microphone } = this;
    if (!microphone || this.state !== "ready") return;
    this.lastTickMs = performance.now();
    this.show("recording");
    try {
      this.clip = await this.record(microphone);
    } catch (error) {
      this.fail(error);
      return;
    }
    const { held } = this;
    this.close();
    this.show("review");
    await this.review(this.clip, held);
  }

  /** @param {Microphone} microphone @returns {Promise<File>} the recording, once it is stopped */
  record(microphone) {
    return microphone.record();
  }

  /**
   * Offer the recording.
   * @param {File} _clip
   * @param {boolean} held whether the keyboard was in here, and is to go on
   */
  async review(_clip, held) {
    if (held) find(this.root, '[data-show="review"] button').focus();
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
    this.advance(peak);
    if (this.elapsedS >= this.limitS) this.microphone.stop();
  }

  /** @param {number} _peak of the last moment, in [0, 1] */
  advance(_peak) {
    const now = performance.now();
    this.elapsedS += (now - this.lastTickMs) / 1000;
    this.lastTickMs = now;
    this.elapsed.textContent = clock(this.elapsedS);
  }

  /** The device was unplugged; what was recorded until then is kept by the recorder itself. */
  lost() {
    if (this.state !== "ready") {
      tell(this.error, "The microphone has gone", "It was unplugged or switched off. What it recorded is kept.");
      return;
    }
    tell(this.error, "The microphone has gone", "Plug it in again or choose another one.");
    this.rest();
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
