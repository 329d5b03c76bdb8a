/** Why a clip got its answer: asked of the server, painted over the waveform. */

import { find } from "./dom.js";
import { Refusal, request } from "./send.js";

const SVG = "http://www.w3.org/2000/svg";
/** The strongest stretch is painted so densely that the waveform still shows through. */
const MOST = 0.75;

/**
 * @typedef {object} Why
 * @property {number[]} start_s
 * @property {number[]} end_s
 * @property {number[]} effect in log-odds
 * @property {string} sentence
 * @property {string | null} note
 */

export class WhyPart {
  /**
   * @param {HTMLElement} root
   * @param {{clip: () => Blob | null, wave: () => HTMLElement, onRefusal: (title: string, text: string) => void}} options
   *   `clip`: the sound that this browser keeps, where the server does not
   */
  constructor(root, { clip, wave, onRefusal }) {
    this.root = root;
    this.clip = clip;
    this.wave = wave;
    this.onRefusal = onRefusal;
    /** @type {HTMLFormElement} */
    this.form = find(root, "[data-why-form]");
    /** @type {HTMLButtonElement} */
    this.button = find(this.form, "button");
    this.said = find(root, "[data-why-said]");
    this.shown = find(root, "[data-why-shown]");
    this.rows = find(root, "[data-why-rows]");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask();
    });
  }

  async ask() {
    this.onRefusal("", "");
    const data = new FormData(this.form);
    const clip = this.clip();
    if (clip) data.set("audio", clip, clip instanceof File ? clip.name : "clip");
    this.showBusy(true);
    try {
      const response = await request(this.form.action, data);
      this.show(await response.json());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.onRefusal(error.title, error.message);
    } finally {
      this.showBusy(false);
    }
  }

  /** @param {Why} why */
  show(why) {
    const words = document.createElement("p");
    words.textContent = [why.sentence, why.note].filter(Boolean).join(" ");
    this.said.replaceChildren(words);
    this.rows.replaceChildren(...why.effect.map((_, index) => this.row(why, index)));
    this.shown.hidden = false;
    const wave = this.wave();
    wave.querySelector(".why-heat")?.remove();
    wave.prepend(this.heat(why)); // behind the bars
  }

  /** @param {Why} why @returns {SVGElement} above the middle what speaks for it, below what speaks against it */
  heat(why) {
    const chart = document.createElementNS(SVG, "svg");
    chart.setAttribute("class", "why-heat");
    chart.setAttribute("aria-hidden", "true");
    const lengthS = why.end_s.at(-1) ?? 1;
    const most = Math.max(...why.effect.map(Math.abs)) || 1;
    why.effect.forEach((effect, index) => {
      const band = document.createElementNS(SVG, "rect");
      band.setAttribute("class", effect > 0 ? "why-for" : "why-against");
      band.setAttribute("x", `${(100 * why.start_s[index]) / lengthS}%`);
      band.setAttribute("width", `${(100 * (why.end_s[index] - why.start_s[index])) / lengthS}%`);
      band.setAttribute("y", effect > 0 ? "0" : "50%");
      band.setAttribute("height", "50%");
      band.setAttribute("fill-opacity", ((MOST * Math.abs(effect)) / most).toFixed(3));
      chart.append(band);
    });
    return chart;
  }

  /** @param {Why} why @param {number} index @returns {HTMLTableRowElement} */
  row(why, index) {
    const row = document.createElement("tr");
    const effect = why.effect[index];
    const cells = [
      `${why.start_s[index].toFixed(1)} s`,
      `${why.end_s[index].toFixed(1)} s`,
      `${effect < 0 ? "−" : "+"}${Math.abs(effect).toFixed(2)}`,
    ];
    for (const text of cells) row.insertCell().textContent = text;
    row.cells[2].className = "number";
    return row;
  }

  /** @param {boolean} busy */
  showBusy(busy) {
    this.form.setAttribute("aria-busy", String(busy));
    this.button.disabled = busy;
    if (busy) this.said.textContent = "Asking the model again with each stretch left out; this takes a moment.";
  }
}
