/** What the keyboard does on the page of a call, where nobody types and no other control has it. */

const STEP_S = 5;
const CLOSER = 2;

/**
 * @param {HTMLElement} plots
 * @param {import("./transport.js").Transport} transport
 * @param {import("./view.js").View} view
 * @param {{beside: (direction: 1 | -1) => void, help: () => void}} deeds
 */
export function followKeys(plots, transport, view, { beside, help }) {
  /** @type {Record<string, () => void>} */
  const keys = {
    " ": () => transport.toggle(),
    ArrowLeft: () => transport.seek(transport.nowS - STEP_S),
    ArrowRight: () => transport.seek(transport.nowS + STEP_S),
    Home: () => transport.seek(0),
    End: () => transport.seek(transport.durationS),
    j: () => beside(-1),
    k: () => beside(1),
    "+": () => view.zoom(CLOSER, transport.nowS),
    "=": () => view.zoom(CLOSER, transport.nowS),
    "-": () => view.zoom(1 / CLOSER, transport.nowS),
    0: () => view.all(),
    "?": help,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element)) return;
    const free = event.target === document.body || event.target === plots || event.target.id === "content";
    const deed = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    // Home and End belong to the page, unless the charts themselves are in hand.
    if (!free || !deed || (event.target !== plots && ["Home", "End"].includes(event.key))) return;
    event.preventDefault();
    deed();
  });
}
