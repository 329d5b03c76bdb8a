/** One row for each speaker: what they sound like where they are judged, else when they speak; and the whole call small. */

/**
 * @typedef {import("./canvas.js").Sheet} Sheet
 * @typedef {import("./call.js").Call} Call
 * @typedef {import("./view.js").View} View
 * @typedef {import("./look.js").Look} Look
 */

/** @param {Sheet} sheet @param {Call} call @param {View} view @param {Look} look @param {number} place of the lane */
export function drawLane(sheet, call, view, look, place) {
  const { pen, width, height } = sheet;
  const lane = call.lanes[place];
  pen.fillStyle = sheet.colour("--bs-body-bg");
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = sheet.colour("--bs-border-color");
  for (const [startS, endS] of lane.turns) box(sheet, view, startS, endS, height * 0.35, height * 0.3);
  for (const window of call.windows) {
    if (window.lane !== place || window.label < 0 || window.endS < view.fromS || window.startS > view.toS) continue;
    pen.fillStyle = sheet.colour("--sheet");
    box(sheet, view, window.startS, window.endS, 0, height);
    pen.globalAlpha = look.weight(window);
    pen.fillStyle = look.hue(window.label);
    box(sheet, view, window.startS, window.endS, 0, height);
    pen.globalAlpha = 1;
  }
}

/** @param {Sheet} sheet @param {Call} call @param {View} view what is shown elsewhere @param {Look} look */
export function drawMap(sheet, call, view, look) {
  const { pen, width, height } = sheet;
  const scale = width / call.durationS;
  pen.fillStyle = sheet.colour("--bs-body-bg");
  pen.fillRect(0, 0, width, height);
  for (const window of call.judged) {
    pen.globalAlpha = look.weight(window);
    pen.fillStyle = look.hue(window.label);
    pen.fillRect(window.startS * scale, 4, Math.max(1, (window.endS - window.startS) * scale), height - 8);
  }
  pen.globalAlpha = 1;
  if (view.whole) return;
  pen.globalAlpha = 0.65;
  pen.fillStyle = sheet.colour("--sheet");
  pen.fillRect(0, 0, view.fromS * scale, height);
  pen.fillRect(view.toS * scale, 0, width - view.toS * scale, height);
  pen.globalAlpha = 1;
  pen.strokeStyle = sheet.colour("--accent");
  pen.lineWidth = 2;
  pen.strokeRect(view.fromS * scale + 1, 1, Math.max(2, view.spanS * scale - 2), height - 2);
}

/**
 * @param {Sheet} sheet @param {View} view @param {number} startS @param {number} endS @param {number} y
 * @param {number} tall
 */
function box(sheet, view, startS, endS, y, tall) {
  const x = view.x(startS, sheet.width);
  const end = view.x(endS, sheet.width);
  if (end < 0 || x > sheet.width) return;
  // A hair's breadth parts two windows, where there is room for it.
  const gap = end - x > 6 ? 1 : 0;
  sheet.pen.fillRect(x, y, Math.max(0.75, end - x - gap), tall);
}
