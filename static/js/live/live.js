/** The live page: idle → ready → running ⇄ paused → review, and back. */

import { clock, find, findAll, tell } from "../dom.js";
import { loudness } from "../livewave.js";
import { Microphone, MicrophoneError } from "../microphone.js";
import { Capture } from "./capture.js";
import { Course } from "./course.js";
import { Sender } from "./sender.js";
import { Whole } from "./whole.js";
import { LastSeconds } from "./window.js";

const TICK_MS = 50;
const EVERY_S = 1;

const SPOKEN = {
  idle: "",
  ready: "The microphone is open. Say a word and watch the level, then start.",
  running: "Listening.",
  paused: "Paused. Nothing is recorded or sent.",
  review: "Stopped. The recording is in this browser alone.",
};

/** @type {Record<string, string>} state → the button a keyboard most likely wants next */
const NEXT = { idle: "open", ready: "start", running: "pause", paused: "resume" };

class LivePage {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.windowS = Number(root.dataset.windowS);
    this.maxS = Number(root.dataset.maxS);
    /** @type {Microphone | null} */
    this.microphone = null;
    /** @type {Capture | null} */
    this.capture = null;
    this.attempts = 0;
    this.timer = 0;
    /** Whether the last window was not heard, and the page says why. */
    this.failing = false;
    this.error = find(root, "[data-error]");
    this.status = find(root, "[data-status]");
    this.skipped = find(root, "[data-skipped]");
    this.level = find(root, "[data-level]");
    this.elapsed = find(root, "[data-elapsed]");
    this.device = find(root, "[data-device]");
    this.face = find(root, "[data-face]");
    this.word = find(root, "[data-word]");
    this.detail = find(root, "[data-detail]");
    this.heard = find(root, "[data-heard]");
    this.icons = find(document, "#live-icons").content;
    this.course = new Course(root, Number(root.dataset.spanS), (label) => this.wordOf(label));
    this.whole = new Whole(root, {
      maxBytes: Number(root.dataset.maxBytes),
      onRefusal: ({ title, message }) => tell(this.error, title, message),
    });
    this.renew();
    /** @type {Record<string, () => void>} */
    const deeds = {
      open: () => this.open(),
      start: () => this.start(),
      pause: () => this.pause(),
      resume: () => this.resume(),
      stop: () => this.microphone?.stop(),
      discard: () => this.discard(),
    };
    for (const button of findAll(root, "[data-do]")) {
      button.addEventListener("click", () => deeds[button.dataset.do]());
    }
    this.device.addEventListener("change", () => this.open(this.device.value));
    window.addEventListener("pagehide", () => this.microphone?.close());
    window.addEventListener("beforeunload", (event) => {
      if (this.running) event.preventDefault(); // the recording would be lost
    });
  }

  /** @returns {string} */
  get state() {
    return this.root.dataset.state ?? "idle";
  }

  /** @returns {boolean} whether a recording is being made, paused or not */
  get running() {
    return this.state === "running" || this.state === "paused";
  }

  /** Nothing heard yet. */
  renew() {
    this.sound = new LastSeconds(this.windowS);
    this.nextS = EVERY_S;
    this.sender = new Sender(this.root.dataset.action ?? "", find(this.root, '[name="csrf_token"]').value);
    this.elapsed.textContent = clock(0);
    this.skipped.hidden = true;
    this.course.clear();
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
    if (held) (NEXT[state] ? find(this.root, `[data-do="${NEXT[state]}"]`) : find(this.whole.form, "button")).focus();
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
    const devices = await Microphone.devices();
    this.device.replaceChildren(
      ...devices.map((device, index) => new Option(device.label || `Microphone ${index + 1}`, device.deviceId)),
    );
    this.device.value = microphone.deviceId;
    this.renew();
    this.show("ready");
    this.timer = window.setInterval(() => this.tick(), TICK_MS);
  }

  async start() {
    const { microphone } = this;
    if (!microphone || this.state !== "ready") return;
    this.show("running");
    this.showNothing("Listening…", "The first answer comes after a second of speech.");
    const recording = microphone.record();
    try {
      this.capture = await Capture.start(microphone.stream, this.root.dataset.worklet ?? "", (samples) =>
        this.hear(samples),
      );
      this.whole.show(await recording);
    } catch (error) {
      this.fail(error);
      return;
    }
    this.close();
    this.show("review");
  }

  pause() {
    this.microphone?.pause();
    this.show("paused");
  }

  resume() {
    this.microphone?.resume();
    this.show("running");
  }

  discard() {
    this.whole.clear();
    this.renew();
    tell(this.error);
    this.show("idle");
  }

  tick() {
    if (!this.microphone) return;
    this.level.value = loudness(this.microphone.peak());
    if (this.state === "running" && this.sound.heardS >= this.maxS) this.microphone.stop();
  }

  /** @param {Float32Array} samples */
  hear(samples) {
    if (this.state !== "running") return;
    this.sound.push(samples);
    this.elapsed.textContent = clock(this.sound.heardS);
    if (this.sound.heardS < this.nextS) return;
    this.nextS += EVERY_S;
    this.ask(this.sound.heardS, performance.now());
  }

  /**
   * What do the last seconds sound like?
   * @param {number} endS where they end in the recording
   * @param {number} endedMs when that was
   */
  async ask(endS, endedMs) {
    const { sender } = this;
    try {
      const answer = await sender.send(this.sound.bytes());
      if (sender !== this.sender) return; // of a recording that was discarded
      if (answer) this.showAnswer(endS, answer, endedMs);
      if (this.failing) tell(this.error);
      this.failing = false;
    } catch (error) {
      this.failing = true;
      tell(this.error, "Not heard", error instanceof Error ? error.message : "");
    }
    this.showSkipped();
  }

  /** @param {number} endS @param {import("./sender.js").LiveAnswer} answer @param {number} endedMs */
  showAnswer(endS, answer, endedMs) {
    this.course.add({ endS, answer });
    if (answer.label === null || answer.confidence === null) {
      this.showNothing("No speech", "Nobody was heard speaking in the last seconds.");
    } else {
      const word = this.wordOf(answer.label);
      this.word.textContent = answer.uncertain ? `Uncertain, perhaps ${word}` : `Sounds ${word}`;
      this.detail.textContent = `${(100 * answer.confidence).toFixed(0)} % sure`;
      this.showFace(answer.label);
    }
    // Read out only when it changes, not every second.
    if (this.heard.textContent !== this.word.textContent) this.heard.textContent = this.word.textContent;
    // Until it is painted: the frame after the next one begins when that one is on the screen.
    requestAnimationFrame(() =>
      setTimeout(() => performance.measure("live-window", { start: endedMs, end: performance.now() })),
    );
  }

  /** @param {string} word @param {string} detail */
  showNothing(word, detail) {
    this.word.textContent = word;
    this.detail.textContent = detail;
    this.showFace("");
  }

  /** @param {string} label */
  showFace(label) {
    const drawn = this.icons.querySelector(`[data-icon="${CSS.escape(label)}"] svg`);
    if (drawn) this.face.replaceChildren(drawn.cloneNode(true));
    this.face.dataset.label = label;
  }

  /** @param {string} label @returns {string} as the pages write it */
  wordOf(label) {
    return this.icons.querySelector(`[data-icon="${CSS.escape(label)}"]`)?.dataset.said ?? label;
  }

  showSkipped() {
    const { skipped, due } = this.sender;
    this.skipped.hidden = skipped === 0;
    this.skipped.textContent = `${skipped} of ${due} skipped: the server is slow.`;
  }

  /** The device was unplugged; what was recorded until then is kept by the recorder itself. */
  lost() {
    if (this.state === "ready") {
      this.close();
      this.show("idle");
      tell(this.error, "The microphone has gone", "Plug it in again or choose another one.");
      return;
    }
    tell(this.error, "The microphone has gone", "It was unplugged or switched off. What it recorded is kept.");
  }

  /** @param {unknown} error */
  fail(error) {
    this.close();
    this.show("idle");
    if (error instanceof MicrophoneError) tell(this.error, error.title, error.message);
    else throw error;
  }

  close() {
    window.clearInterval(this.timer);
    this.capture?.close();
    this.capture = null;
    this.microphone?.close();
    this.microphone = null;
  }
}

new LivePage(find(document, "[data-live]"));
