/** The page of an analysed call. Without this script there are its tables, a small chart and the browser's player. */

import { clock, find, findAll } from "../dom.js";
import { Call } from "./call.js";
import { Chart } from "./chart.js";
import { followKeys } from "./keys.js";
import { Look } from "./look.js";
import { followPointer } from "./pointer.js";
import { Transport } from "./transport.js";
import { View } from "./view.js";
import { WindowPart } from "./window.js";

const CLOSER = 2;

/** @type {HTMLElement} */
const root = find(document, "[data-call-chart]");
/** @type {HTMLAudioElement | null} */
const audio = document.querySelector("[data-call-audio]");

/** @param {Call} call */
function begin(call) {
  const view = new View(call.durationS);
  const look = new Look(
    root,
    call.labels.map((label) => label.name),
  );
  root.hidden = false;
  document.querySelector("[data-flat]")?.classList.add("print-only");
  const transport = new Transport(audio, call.durationS);
  const chart = new Chart(root, call, view, look);
  const part = document.querySelector("[data-window]");
  const windowPart = part instanceof HTMLElement ? new WindowPart(part, call) : null;
  const said = find(root, "[data-said]");
  const plots = chart.plots;
  if (audio) audio.controls = false;
  if (audio) audio.classList.add("is-driven");

  function show() {
    const now = transport.nowS;
    const window = call.at(now);
    if (transport.playing) view.reveal(now);
    chart.point(now);
    find(root, "[data-clock]").textContent = `${clock(now)} / ${clock(call.durationS)}`;
    const words = window ? call.words(window) : "no speech";
    find(root, "[data-now]").textContent = `${clock(now)} · ${words}`;
    plots.setAttribute("aria-valuenow", now.toFixed(1));
    plots.setAttribute("aria-valuetext", `${clock(now)} of ${clock(call.durationS)}, ${words}`);
    const toggle = root.querySelector("[data-play]");
    toggle?.setAttribute("aria-label", transport.playing ? "Pause" : "Play");
    root.dataset.playing = String(transport.playing);
    mark(window);
    windowPart?.show(window);
  }

  /** @param {import("./call.js").CallWindow | null} window */
  function mark(window) {
    for (const row of findAll(document, "[data-row]")) {
      row.classList.toggle("is-current", window !== null && Number(row.dataset.row) === window.number);
    }
  }

  /** @param {number} second */
  function seek(second) {
    transport.seek(second);
    view.reveal(second);
  }

  /** @param {1 | -1} direction */
  function beside(direction) {
    const window = call.beside(transport.nowS, direction);
    said.textContent = window ? `${clock(window.startS)}, ${call.words(window)}` : "There is no further window.";
    if (window) seek(window.startS);
  }

  const keys = find(document, "[data-keys]");
  const help = () => keys.showModal();
  transport.addEventListener("change", show);
  followPointer(plots, view, { seek, hover: (second, x) => chart.hover(second, x) });
  followKeys(plots, transport, view, { beside, help });
  find(root, "[data-help]").addEventListener("click", help);
  root.querySelector("[data-play]")?.addEventListener("click", () => transport.toggle());
  /** @type {Record<string, () => void>} */
  const zooms = {
    in: () => view.zoom(CLOSER, transport.nowS),
    out: () => view.zoom(1 / CLOSER, transport.nowS),
    all: () => view.all(),
  };
  for (const button of findAll(root, "[data-zoom]")) button.addEventListener("click", zooms[button.dataset.zoom]);
  document.addEventListener("click", (event) => {
    const place = event.target instanceof Element ? event.target.closest("[data-seek]") : null;
    if (!(place instanceof HTMLElement)) return;
    event.preventDefault();
    view.reveal(Number(place.dataset.seek));
    transport.listen(Number(place.dataset.seek), Number(place.dataset.until));
  });
  if (audio) {
    // Four times a second is too seldom for a line that moves.
    const run = () => {
      chart.point(transport.nowS);
      if (transport.playing) requestAnimationFrame(run);
    };
    audio.addEventListener("play", run);
  }
  chart.draw();
  show();
  root.dataset.ready = "";
}

/** Paper is light, whatever the screen is. */
function printLight() {
  const page = document.documentElement;
  let theme = "";
  window.addEventListener("beforeprint", () => {
    theme = page.dataset.bsTheme ?? "";
    page.dataset.bsTheme = "light";
  });
  window.addEventListener("afterprint", () => {
    if (theme) page.dataset.bsTheme = theme;
  });
}

function showTools() {
  document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
  const copy = document.querySelector("[data-copy-link]");
  copy?.addEventListener("click", async () => {
    const field = find(document, "#link");
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      find(document, "[data-copied]").textContent = "Copied. Whoever has it sees this call.";
    } catch {
      find(document, "[data-copied]").textContent = "The browser does not let us copy; it is selected, so copy it yourself.";
    }
  });
}

async function load() {
  try {
    const answer = await fetch(root.dataset.source ?? "", { headers: { Accept: "application/json" } });
    if (answer.ok) begin(new Call(await answer.json()));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // The connection is gone; the small chart and the tables stay.
    console.info("the charts cannot be loaded", error);
  }
}

showTools();
printLight();
load();
