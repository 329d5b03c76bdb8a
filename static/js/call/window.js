/** The window one is at: why it got its answer, and whether that was right. */

import { find } from "../dom.js";
import { Refusal, request } from "../send.js";

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {import("./call.js").CallWindow} CallWindow */

export class WindowPart {
  /** @param {HTMLElement} root @param {import("./call.js").Call} call */
  constructor(root, call) {
    this.root = root;
    this.call = call;
    this.base = root.dataset.window ?? "";
    /** @type {CallWindow | null} */
    this.window = null;
    /** @type {HTMLFormElement} */
    this.form = find(root, "form");
    this.question = find(root, "[data-question]");
    this.correction = find(root, "select");
    this.said = find(root, "[data-window-said]");
    this.strip = find(root, "[data-strip]");
    /** @type {HTMLButtonElement | null} */
    this.why = root.querySelector("[data-why-window]");
    this.why?.addEventListener("click", () => this.ask());
    /** @type {HTMLButtonElement} */
    this.back = find(root, "[data-take-back]");
    this.back.addEventListener("click", () => this.takeBack());
    /** @type {Map<number, {right: boolean, correction: string | null}>} what was said of which window */
    this.given = new Map();
    this.recall();
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.give(/** @type {HTMLButtonElement} */ (event.submitter));
    });
  }

  /** @param {CallWindow | null} window */
  show(window) {
    const judged = window && window.label >= 0 ? window : null;
    if (judged === this.window && !this.root.hidden === Boolean(judged)) return;
    this.window = judged;
    this.root.hidden = !judged;
    this.said.textContent = "";
    this.strip.replaceChildren();
    if (!judged) return;
    const { name, word } = this.call.labels[judged.label];
    this.question.textContent = `Was “${word}” right?`;
    for (const option of this.correction.options) option.hidden = option.disabled = option.value === name;
    this.correction.value = "";
    this.showGiven();
  }

  /** What was said on an earlier visit. */
  async recall() {
    try {
      const answer = await fetch(`${this.base}/feedback`, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const { windows } = await answer.json();
      for (const [number, said] of Object.entries(windows)) this.given.set(Number(number), said);
      this.showGiven();
    } catch (error) {
      console.info("what was said earlier cannot be asked for", error);
    }
  }

  showGiven() {
    const given = this.window && this.given.get(this.window.number);
    this.back.hidden = !given;
    if (!given) return;
    const rather = this.call.labels.find(({ name }) => name === given.correction)?.word;
    const verdict = given.right ? "right" : rather ? `wrong, and rather “${rather}”` : "wrong";
    this.said.textContent = `You said it was ${verdict}. Thank you; it is kept beside the answer, which stays as it is.`;
  }

  async takeBack() {
    const { window } = this;
    if (!window) return;
    try {
      const data = new FormData(this.form);
      await request(`${this.base}/windows/${window.number}/feedback/withdraw`, data);
      this.given.delete(window.number);
      if (window !== this.window) return;
      this.showGiven();
      this.said.textContent = "Taken back; nothing of it is kept.";
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.said.textContent = error.message;
    }
  }

  async ask() {
    const { window, why } = this;
    if (!window || !why) return;
    why.disabled = true;
    this.said.textContent = "Asking the model again with each stretch left out; this takes a moment.";
    try {
      const answer = await fetch(`${this.base}/windows/${window.number}/why`, { headers: { Accept: "application/json" } });
      const told = await answer.json();
      if (window !== this.window) return;
      this.said.textContent = answer.ok ? told.sentence : told.detail;
      if (answer.ok) this.paint(told);
    } catch {
      this.said.textContent = "The server did not answer. Try again in a moment.";
    } finally {
      why.disabled = false;
    }
  }

  /** @param {{start_s: number[], end_s: number[], effect: number[]}} told in seconds of the call */
  paint(told) {
    const chart = document.createElementNS(SVG, "svg");
    chart.setAttribute("class", "why-chart");
    chart.setAttribute("viewBox", "0 0 100 100");
    chart.setAttribute("preserveAspectRatio", "none");
    chart.setAttribute("aria-hidden", "true");
    const start = told.start_s[0];
    const length = told.end_s[told.end_s.length - 1] - start;
    const most = Math.max(...told.effect.map(Math.abs)) || 1;
    told.effect.forEach((effect, place) => {
      const bar = document.createElementNS(SVG, "rect");
      const tall = (50 * Math.abs(effect)) / most;
      bar.setAttribute("class", effect > 0 ? "why-for" : "why-against");
      bar.setAttribute("x", String((100 * (told.start_s[place] - start)) / length));
      bar.setAttribute("width", String((100 * (told.end_s[place] - told.start_s[place])) / length));
      bar.setAttribute("y", String(effect > 0 ? 50 - tall : 50));
      bar.setAttribute("height", String(tall));
      chart.append(bar);
    });
    this.strip.replaceChildren(chart);
  }

  /** @param {HTMLButtonElement} button yes or no */
  async give(button) {
    const { window } = this;
    if (!window) return;
    const data = new FormData(this.form);
    data.set("right", button.value);
    if (button.value === "1") data.delete("correction");
    try {
      await request(`${this.base}/windows/${window.number}/feedback`, data);
      const correction = String(data.get("correction") ?? "") || null;
      this.given.set(window.number, { right: button.value === "1", correction });
      if (window === this.window) this.showGiven();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.said.textContent = error.message;
    }
  }
}
