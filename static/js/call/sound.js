/** What lies behind the waveform, a colour for each window that was judged, and the time beside it. */

import { clock } from "../dom.js";

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600];
const LABEL_PX = 80;
const TINT = 0.22;

/**
 * @typedef {import("./canvas.js").Sheet} Sheet
 * @typedef {import("./call.js").Call} Call
 * @typedef {import("./view.js").View} View
 * @typedef {import("./look.js").Look} Look
 */

/** @param {Sheet} sheet @param {Call} call @param {View} view @param {Look} look */
export function drawTint(sheet, call, view, look) {
  const { pen, width, height } = sheet;
  for (const window of call.judged) {
    if (window.endS < view.fromS || window.startS > view.toS) continue;
    pen.globalAlpha = TINT * look.weight(window);
    pen.fillStyle = look.hue(window.label);
    const x = view.x(window.startS, width);
    pen.fillRect(x, 0, view.x(window.endS, width) - x, height);
  }
  pen.globalAlpha = 1;
}

/** @param {Sheet} sheet @param {View} view */
export function drawAxis(sheet, view) {
  const { pen, width, height } = sheet;
  const fits = Math.max(1, Math.floor(width / LABEL_PX));
  const step = STEPS_S.find((seconds) => view.spanS / seconds <= fits) ?? STEPS_S[STEPS_S.length - 1];
  pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  pen.fillStyle = sheet.colour("--bs-secondary-color");
  pen.textBaseline = "middle";
  for (let second = Math.ceil(view.fromS / step) * step; second <= view.toS; second += step) {
    const x = view.x(second, width);
    pen.fillRect(x, height - 4, 1, 4);
    pen.textAlign = x < LABEL_PX / 2 ? "left" : x > width - LABEL_PX / 2 ? "right" : "center";
    pen.fillText(clock(second), x, height / 2 - 2);
  }
}
