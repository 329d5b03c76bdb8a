/** How probable each emotion is over time, and how pleasant the customer sounds. */

/** A pause of more windows than this is no way that somebody went. */
const GAP_WINDOWS = 4;

/**
 * @typedef {import("./canvas.js").Sheet} Sheet
 * @typedef {import("./call.js").Call} Call
 * @typedef {import("./view.js").View} View
 * @typedef {import("./look.js").Look} Look
 */

/** @param {Sheet} sheet @param {Call} call @param {View} view @param {Look} look */
export function drawBands(sheet, call, view, look) {
  const { pen, width, height } = sheet;
  pen.fillStyle = sheet.colour("--bs-body-bg");
  pen.fillRect(0, 0, width, height);
  for (const window of call.judged) {
    if (window.lane !== call.customer || window.endS < view.fromS || window.startS > view.toS) continue;
    const x = view.x(window.startS, width);
    const wide = Math.max(0.75, view.x(window.endS, width) - x);
    let y = height;
    window.shares.forEach((percent, label) => {
      const tall = (percent / 100) * height;
      y -= tall;
      pen.fillStyle = sheet.colour("--sheet");
      pen.fillRect(x, y, wide, tall);
      pen.globalAlpha = look.share(label);
      pen.fillStyle = look.hue(label);
      pen.fillRect(x, y, wide, tall);
      pen.globalAlpha = 1;
    });
  }
}

/** @param {Sheet} sheet @param {Call} call @param {View} view */
export function drawWay(sheet, call, view) {
  const { pen, width, height } = sheet;
  const middle = height / 2;
  const y = (/** @type {number} */ valence) => middle - valence * (middle - 3);
  pen.fillStyle = sheet.colour("--bs-body-bg");
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = sheet.colour("--bs-border-color");
  pen.fillRect(0, middle - 0.5, width, 1);
  pen.globalAlpha = 0.45;
  for (const { timeS, valence } of call.points) {
    pen.fillStyle = sheet.colour(valence < 0 ? "--low" : "--high");
    pen.beginPath();
    pen.arc(view.x(timeS, width), y(valence), 1.75, 0, 2 * Math.PI);
    pen.fill();
  }
  pen.globalAlpha = 1;
  for (const [top, tall, colour] of /** @type {[number, number, string][]} */ ([
    [0, middle, "--high"],
    [middle, middle, "--low"],
  ])) {
    pen.save();
    pen.beginPath();
    pen.rect(0, top, width, tall);
    pen.clip();
    for (const piece of pieces(call)) drawPiece(pen, piece, sheet.colour(colour), (timeS) => view.x(timeS, width), y);
    pen.restore();
  }
}

/**
 * @param {CanvasRenderingContext2D} pen @param {import("./call.js").Point[]} piece @param {string} colour
 * @param {(timeS: number) => number} x @param {(valence: number) => number} y
 */
function drawPiece(pen, piece, colour, x, y) {
  pen.beginPath();
  for (const { timeS, smoothed } of piece) pen.lineTo(x(timeS), y(smoothed));
  pen.strokeStyle = colour;
  pen.lineWidth = 2.5;
  pen.lineJoin = "round";
  pen.stroke();
  pen.lineTo(x(piece[piece.length - 1].timeS), y(0));
  pen.lineTo(x(piece[0].timeS), y(0));
  pen.globalAlpha = 0.18;
  pen.fillStyle = colour;
  pen.fill();
  pen.globalAlpha = 1;
}

/** @param {Call} call @returns {import("./call.js").Point[][]} the way in pieces, parted by long silence */
function pieces(call) {
  const longest = GAP_WINDOWS * Math.max(call.hopS, 3);
  /** @type {import("./call.js").Point[][]} */
  const found = [];
  for (const point of call.points) {
    const last = found.at(-1);
    if (last && point.timeS - last[last.length - 1].timeS <= longest) last.push(point);
    else found.push([point]);
  }
  return found;
}
