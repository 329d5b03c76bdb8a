/** The rolling chart of the last minutes: a lane for each emotion, a line for how pleasant it sounds, and a table. */

import { clock, find, findAll } from "../dom.js";

const SVG = "http://www.w3.org/2000/svg";
/** A break longer than this, in seconds, is not drawn over. */
const GAP_S = 1.5;

/**
 * @typedef {object} Mark
 * @property {number} endS end of the window, in seconds of the recording
 * @property {import("./sender.js").LiveAnswer} answer
 */

export class Course {
  /**
   * @param {ParentNode} root
   * @param {number} spanS how much is shown, in seconds
   * @param {(label: string) => string} wordOf
   */
  constructor(root, spanS, wordOf) {
    this.spanS = spanS;
    this.wordOf = wordOf;
    /** @type {Mark[]} */
    this.marks = [];
    /** @type {Map<string, SVGGElement>} */
    this.lanes = new Map(findAll(root, "[data-lane]").map((lane) => [lane.dataset.lane, find(lane, "g")]));
    this.line = find(root, ".valence-line");
    this.rows = find(root, "[data-rows]");
    this.from = find(root, "[data-axis-from]");
    this.to = find(root, "[data-axis-to]");
  }

  clear() {
    this.marks = [];
    this.draw();
  }

  /** @param {Mark} mark */
  add(mark) {
    this.marks.push(mark);
    this.marks = this.marks.filter(({ endS }) => endS > mark.endS - this.spanS);
    this.draw();
  }

  draw() {
    const lastS = this.marks.at(-1)?.endS ?? 0;
    const startS = Math.max(0, lastS - this.spanS);
    this.from.textContent = clock(startS);
    this.to.textContent = clock(startS + this.spanS);
    for (const [label, lane] of this.lanes) {
      const here = this.marks.filter(({ answer }) => (answer.label ?? "") === label);
      lane.replaceChildren(...here.map((mark) => this.box(mark, startS)));
    }
    this.line.setAttribute("d", this.path(startS));
    this.rows.replaceChildren(...this.marks.toReversed().map((mark) => this.row(mark)));
  }

  /** @param {Mark} mark @param {number} startS @returns {SVGElement} the second before a window's end */
  box({ endS, answer }, startS) {
    const box = document.createElementNS(SVG, "rect");
    const fromS = Math.max(endS - 1, startS);
    box.setAttribute("class", answer.uncertain ? "live-mark is-uncertain" : "live-mark");
    if (answer.label) box.setAttribute("data-label", answer.label);
    box.setAttribute("x", `${(100 * (fromS - startS)) / this.spanS}%`);
    box.setAttribute("width", `${(100 * (endS - fromS)) / this.spanS}%`);
    box.setAttribute("height", "100%");
    return box;
  }

  /** @param {number} startS @returns {string} broken where nothing was judged */
  path(startS) {
    const steps = [];
    let beforeS = -Infinity;
    for (const { endS, answer } of this.marks) {
      if (answer.valence === null) continue;
      const [x, y] = [(endS - startS).toFixed(2), (1 - answer.valence).toFixed(3)];
      // A point of its own is a line to itself, which round ends make a dot.
      steps.push(endS - beforeS < GAP_S ? `L${x} ${y}` : `M${x} ${y}L${x} ${y}`);
      beforeS = endS;
    }
    return steps.join("");
  }

  /** @param {Mark} mark @returns {HTMLTableRowElement} */
  row({ endS, answer }) {
    const row = document.createElement("tr");
    const said = answer.label === null ? "no speech" : this.wordOf(answer.label) + (answer.uncertain ? ", uncertain" : "");
    const sure = answer.confidence === null ? "–" : `${(100 * answer.confidence).toFixed(0)} %`;
    const pleasant = answer.valence === null ? "–" : answer.valence.toFixed(2).replace("-", "−");
    for (const [index, text] of [clock(endS), said, sure, pleasant].entries()) {
      const cell = row.insertCell();
      cell.textContent = text;
      if (index > 1) cell.className = "number";
    }
    return row;
  }
}
