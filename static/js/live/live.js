/** The live page: while it records, it says every second what the last seconds sound like. */

import { find, tell } from "../dom.js";
import { Recorder } from "../recorder.js";
import { Capture } from "./capture.js";
import { Course } from "./course.js";
import { Sender } from "./sender.js";
import { Whole } from "./whole.js";
import { LastSeconds } from "./window.js";

const EVERY_S = 1;

const SPOKEN = {
  idle: "",
  ready: "The microphone is open. Say a word and watch the level, then start.",
  recording: "Listening.",
  paused: "Paused. Nothing is recorded or sent.",
  review: "Stopped. The recording is in this browser alone.",
};

class LivePage extends Recorder {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root, { maxS: Number(root.dataset.maxS), spoken: SPOKEN });
    this.windowS = Number(root.dataset.windowS);
    /** @type {Capture | null} */
    this.capture = null;
    /** Whether the last window was not heard, and the page says why. */
    this.failing = false;
    this.skipped = find(root, "[data-skipped]");
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
    window.addEventListener("beforeunload", (event) => {
      if (this.running) event.preventDefault(); // the recording would be lost
    });
  }

  deeds() {
    return { ...super.deeds(), discard: () => this.discard() };
  }

  renew() {
    super.renew();
    this.sound = new LastSeconds(this.windowS);
    this.nextS = EVERY_S;
    this.sender = new Sender(this.root.dataset.action ?? "", find(this.root, '[name="csrf_token"]').value);
    this.skipped.hidden = true;
    this.course.clear();
  }

  /** @param {import("../microphone.js").Microphone} microphone */
  async record(microphone) {
    this.showNothing("Listening…", "The first answer comes after a second of speech.");
    const recording = super.record(microphone);
    const worklet = this.root.dataset.worklet ?? "";
    this.capture = await Capture.start(microphone.stream, worklet, (samples) => this.hear(samples));
    return recording;
  }

  /** @param {File} clip @param {boolean} held */
  async review(clip, held) {
    this.whole.show(clip);
    super.review(clip, held);
  }

  discard() {
    this.whole.clear();
    this.renew();
    tell(this.error);
    this.show("idle");
  }

  /** @param {Float32Array} samples */
  hear(samples) {
    if (this.state !== "recording") return;
    this.sound.push(samples);
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

  close() {
    super.close();
    this.capture?.close();
    this.capture = null;
  }
}

new LivePage(find(document, "[data-live]"));
