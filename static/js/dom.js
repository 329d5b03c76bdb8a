/** Small helpers over the document. */

/**
 * The one element that must be there.
 * @param {ParentNode} within
 * @param {string} selector
 * @returns {any}
 */
export function find(within, selector) {
  const found = within.querySelector(selector);
  if (!found) throw new Error(`The page lacks ${selector}`);
  return found;
}

/**
 * All elements of one kind, maybe none.
 * @param {ParentNode} within
 * @param {string} selector
 * @returns {any[]}
 */
export function findAll(within, selector) {
  return [...within.querySelectorAll(selector)];
}

/**
 * Fill an alert with a title and a sentence, or empty it.
 * @param {Element} box
 * @param {string} [title]
 * @param {string} [text]
 */
export function tell(box, title, text) {
  if (!title) {
    box.replaceChildren();
    return;
  }
  const words = document.createElement("div");
  const strong = document.createElement("strong");
  strong.textContent = `${title}. `;
  words.append(strong, text ?? "");
  box.replaceChildren(words);
}

/** @param {number} seconds @returns {string} as on a player: 1:05, or 1:02:03 beyond an hour */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  const two = (/** @type {number} */ part) => String(part % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}:${two(whole)}` : `${Math.floor(minutes / 60)}:${two(minutes)}:${two(whole)}`;
}

/** @param {number} bytes @returns {string} */
export function size(bytes) {
  return bytes < 1024 ** 2 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

/**
 * One voice at a time: starting a player stops the others.
 * @param {ParentNode} within
 */
export function playOneAtATime(within) {
  within.addEventListener(
    "play",
    (event) => {
      for (const audio of within.querySelectorAll("audio")) if (audio !== event.target) audio.pause();
    },
    true, // media events do not bubble
  );
}
