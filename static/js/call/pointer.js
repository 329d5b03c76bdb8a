/** The pointer over the charts: a click goes there, a drag moves the part that is shown, Ctrl and the wheel zoom. */

const DRAG_PX = 5;

/**
 * @param {HTMLElement} plots
 * @param {import("./view.js").View} view
 * @param {{seek: (second: number) => void, hover: (second: number | null, x: number) => void}} deeds
 */
export function followPointer(plots, view, { seek, hover }) {
  /** @type {{x: number, fromS: number, map: boolean, moved: boolean} | null} */
  let held = null;
  const inside = (/** @type {MouseEvent} */ event) => event.clientX - plots.getBoundingClientRect().left;
  const width = () => plots.clientWidth;

  plots.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !(event.target instanceof Element)) return;
    const map = Boolean(event.target.closest(".plot-map"));
    held = { x: inside(event), fromS: view.fromS, map, moved: false };
    if (map && !view.whole) centre(inside(event));
  });
  plots.addEventListener("pointermove", (event) => {
    const x = inside(event);
    const map = event.target instanceof Element && event.target.closest(".plot-map");
    hover(map ? (x / width()) * view.durationS : view.second(x, width()), x);
    if (!held || !(event.buttons & 1)) return;
    if (Math.abs(x - held.x) > DRAG_PX && !held.moved) {
      held.moved = true;
      plots.setPointerCapture(event.pointerId);
    }
    if (!held.moved || view.whole) return;
    if (held.map) centre(x);
    else view.show(held.fromS - ((x - held.x) / width()) * view.spanS, view.spanS);
  });
  plots.addEventListener("pointerup", (event) => {
    if (held && !held.moved) {
      seek(held.map ? (inside(event) / width()) * view.durationS : view.second(inside(event), width()));
    }
    held = null;
  });
  plots.addEventListener("pointercancel", () => {
    held = null;
  });
  plots.addEventListener("pointerleave", () => hover(null, 0));
  plots.addEventListener(
    "wheel",
    (event) => {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
      if (event.ctrlKey || event.metaKey) view.zoom(Math.exp(-event.deltaY / 300), view.second(inside(event), width()));
      else if (sideways && !view.whole) view.pan(((event.deltaX || event.deltaY) / width()) * view.spanS);
      else return;
      event.preventDefault();
    },
    { passive: false },
  );

  /** @param {number} x on the small map of the whole call */
  function centre(x) {
    view.show((x / width()) * view.durationS - view.spanS / 2, view.spanS);
  }
}
