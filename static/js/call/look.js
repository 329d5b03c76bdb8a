/** How emotions look in every chart: a colour each, pale where they are filtered out or uncertain. */

import { findAll } from "../dom.js";
import { hues } from "./canvas.js";

const FILTERED_OUT = 0.1;
const UNCERTAIN = 0.5;

export class Look extends EventTarget {
  /** @param {ParentNode} root where the legend is @param {string[]} names of the emotions, in the model's order */
  constructor(root, names) {
    super();
    this.names = names;
    /** @type {HTMLButtonElement[]} */
    this.buttons = findAll(root, "[data-filter]");
    this.swatches = this.buttons.map((button) => /** @type {HTMLElement} */ (button.querySelector(".swatch")));
    /** @type {Set<number>} the emotions that alone are shown; none: all */
    this.chosen = new Set();
    this.mix();
    document.addEventListener("themechange", () => this.mix());
    this.buttons.forEach((button, label) => button.addEventListener("click", () => this.toggle(label)));
  }

  mix() {
    this.colours = hues(this.swatches);
  }

  /** @param {number} label @returns {string} */
  hue(label) {
    return this.colours?.[label] ?? "";
  }

  /** @param {number} label */
  toggle(label) {
    if (!this.chosen.delete(label)) this.chosen.add(label);
    this.buttons.forEach((button, each) => button.setAttribute("aria-pressed", String(this.chosen.has(each))));
    this.dispatchEvent(new Event("change"));
  }

  /** @param {number} label @returns {boolean} */
  shows(label) {
    return !this.chosen.size || this.chosen.has(label);
  }

  /** @param {import("./call.js").CallWindow} window @returns {number} how dense it is painted, from 0 to 1 */
  weight(window) {
    if (!this.shows(window.label)) return FILTERED_OUT;
    return window.uncertain ? UNCERTAIN : 1;
  }

  /** @param {number} label @returns {number} */
  share(label) {
    return this.shows(label) ? 1 : FILTERED_OUT;
  }
}
