/** The result page: the player with its waveform, why the answer is what it is, and the link to copy. */

import { recall } from "./clipstore.js";
import { find, tell } from "./dom.js";
import { Player } from "./player.js";
import { WhyPart } from "./why.js";

/** @type {HTMLElement} */
const section = find(document, "[data-listen]");
/** @type {Blob | null} the recording, where this browser has it and the server has not */
let clip = null;

/** From the server where it has the sound, else from this browser. */
async function showPlayer() {
  const root = find(section, "[data-player]");
  const player = new Player(root);
  if (player.audio.getAttribute("src")) {
    await player.load(player.audio.src);
    return;
  }
  clip = await recall(section.dataset.analysis ?? "");
  if (!clip) {
    find(section, "[data-why]").hidden = true; // nobody has the sound any more
    return;
  }
  find(section, "[data-not-kept]").hidden = true;
  find(section, "[data-from-browser]").hidden = false;
  await player.load(clip);
}

function showCopy() {
  const button = find(document, "[data-copy]");
  const status = find(document, "[data-copy-status]");
  if (!navigator.clipboard) return; // insecure context; the address bar has the link
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      status.textContent = "Copied. It opens in this browser only.";
    } catch {
      status.textContent = "The browser did not allow it; copy the address from the address bar.";
    }
  });
}

function showWhy() {
  const root = find(section, "[data-why]");
  const error = find(root, "[data-why-error]");
  new WhyPart(root, {
    clip: () => clip,
    wave: () => find(section, "[data-player-wave]"),
    onRefusal: (title, text) => tell(error, title, text),
  });
}

showCopy();
showPlayer();
showWhy();
