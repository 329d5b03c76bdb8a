/** The charts of a call, drawn together on one axis, with one line for where one is. */

import { clock, find, findAll } from "../dom.js";
import { drawBands, drawWay } from "./bands.js";
import { sheet } from "./canvas.js";
import { drawLane, drawMap } from "./lanes.js";
import { drawAxis, drawTint } from "./sound.js";
import { Wave } from "./wave.js";

export class Chart {
  /**
   * @param {HTMLElement} root
   * @param {import("./call.js").Call} call
   * @param {import("./view.js").View} view
   * @param {import("./look.js").Look} look
   */
  constructor(root, call, view, look) {
    this.call = call;
    this.view = view;
    this.look = look;
    /** @type {HTMLElement} */
    this.plots = find(root, "[data-plots]");
    this.playhead = find(root, "[data-playhead]");
    this.tip = find(root, "[data-tip]");
    /** @type {HTMLCanvasElement[]} */
    this.canvases = findAll(root, "[data-plot]");
    this.wave = new Wave(find(root, "[data-wave]"), call, view);
    this.nowS = 0;
    this.asked = 0;
    for (const source of [view, look]) source.addEventListener("change", () => this.ask());
    document.addEventListener("themechange", () => this.ask());
    new ResizeObserver(() => this.ask()).observe(this.plots);
  }

  /** Draw once before the next picture, however often it is asked for. */
  ask() {
    if (this.asked) return;
    this.asked = requestAnimationFrame(() => {
      this.asked = 0;
      this.draw();
    });
  }

  draw() {
    const { call, view, look } = this;
    /** @type {Record<string, (sheet: import("./canvas.js").Sheet, canvas: HTMLCanvasElement) => void>} */
    const ways = {
      map: (paper) => drawMap(paper, call, view, look),
      axis: (paper) => drawAxis(paper, view),
      tint: (paper) => drawTint(paper, call, view, look),
      lane: (paper, canvas) => drawLane(paper, call, view, look, Number(canvas.dataset.place)),
      bands: (paper) => drawBands(paper, call, view, look),
      way: (paper) => drawWay(paper, call, view),
    };
    for (const canvas of this.canvases) {
      const paper = sheet(canvas);
      if (paper) ways[canvas.dataset.plot ?? ""](paper, canvas);
    }
    this.wave.follow();
    this.point(this.nowS);
  }

  /** Move the line. @param {number} second */
  point(second) {
    this.nowS = second;
    const x = this.view.x(second, this.plots.clientWidth);
    this.playhead.hidden = x < 0 || x > this.plots.clientWidth;
    this.playhead.style.transform = `translateX(${x.toFixed(1)}px)`;
  }

  /** Say what is under the pointer. @param {number | null} second @param {number} x */
  hover(second, x) {
    this.tip.hidden = second === null;
    if (second === null) return;
    const window = this.call.at(second);
    this.tip.textContent = `${clock(second)} · ${window ? this.call.words(window) : "no speech"}`;
    const room = this.plots.clientWidth - this.tip.offsetWidth;
    this.tip.style.transform = `translateX(${Math.max(0, Math.min(x + 12, room)).toFixed(0)}px)`;
  }
}
