/** The transcript and its recording follow each other. */

import { find, findAll } from "./dom.js";

const reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)");

/** @param {HTMLAudioElement} audio */
function follow(audio) {
  const rows = findAll(document, ".sentence[data-start]").map((element) => ({
    element,
    start: Number(element.dataset.start),
    end: Number(element.dataset.end),
  }));
  const lanes = findAll(document, "[data-lane]");
  const timeline = document.querySelector("[data-timeline]");
  const length = Number(timeline?.getAttribute("data-length") ?? 0);
  /** @type {HTMLElement | null} */
  let current = null;

  /** @param {number} second */
  function seek(second) {
    audio.currentTime = second;
    audio.play().catch(() => {}); // refused where the browser wants a gesture first; the place is set all the same
  }

  /** @param {HTMLElement | null} row */
  function mark(row) {
    if (row === current) return;
    current?.classList.remove("is-current");
    current?.removeAttribute("aria-current");
    current = row;
    if (!row) return;
    row.classList.add("is-current");
    row.setAttribute("aria-current", "true");
    if (!audio.paused && isNear(row)) {
      row.scrollIntoView({ block: "nearest", behavior: reducedMotion.matches ? "instant" : "smooth" });
    }
  }

  function showNow() {
    const now = audio.currentTime;
    mark(rows.find((row) => row.start <= now && now < row.end)?.element ?? null);
    for (const lane of lanes) {
      const line = find(lane, "[data-now]");
      const x = `${Math.min(100, (100 * now) / length)}%`;
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
      line.removeAttribute("hidden");
    }
  }

  audio.addEventListener("timeupdate", showNow);
  audio.addEventListener("seeked", showNow);
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const row = event.target.closest("[data-seek]")?.closest(".sentence");
    if (row instanceof HTMLElement) seek(Number(row.dataset.start));
  });
  timeline?.setAttribute("data-seekable", "");
  for (const lane of lanes) {
    lane.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const box = lane.getBoundingClientRect();
      seek((length * (event.clientX - box.left)) / box.width);
    });
  }
}

/**
 * Whether the reader looks at this part of the transcript: who scrolled away is left in peace.
 * @param {HTMLElement} row
 */
function isNear(row) {
  const box = row.getBoundingClientRect();
  return box.top > -window.innerHeight / 2 && box.bottom < 1.5 * window.innerHeight;
}

const audio = document.querySelector("[data-follow-audio]");
if (audio instanceof HTMLAudioElement) follow(audio);
