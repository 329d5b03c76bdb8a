/** A canvas that is as sharp as the screen, in the colours of the page. */

/**
 * @typedef {object} Sheet
 * @property {CanvasRenderingContext2D} pen
 * @property {number} width in CSS pixels
 * @property {number} height in CSS pixels
 * @property {(name: string) => string} colour a colour of the theme
 */

/**
 * An empty sheet over the whole canvas; none while it is not laid out.
 * @param {HTMLCanvasElement} canvas
 * @returns {Sheet | null}
 */
export function sheet(canvas) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const pen = canvas.getContext("2d");
  if (!pen || !width || !height) return null;
  const scale = window.devicePixelRatio;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  pen.scale(scale, scale);
  const style = getComputedStyle(canvas);
  /** @type {Map<string, string>} asked once a picture, not once a window */
  const known = new Map();
  const colour = (/** @type {string} */ name) => {
    const found = known.get(name) ?? style.getPropertyValue(name);
    known.set(name, found);
    return found;
  };
  return { pen, width, height, colour };
}

/**
 * The colour of each emotion, as its swatch in the legend has it.
 * @param {HTMLElement[]} swatches
 * @returns {string[]}
 */
export function hues(swatches) {
  return swatches.map((swatch) => getComputedStyle(swatch).backgroundColor);
}
