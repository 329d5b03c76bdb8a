/** What every page does: times in the reader's zone, and recordings older than a day out of this browser. */

import { purge } from "./clipstore.js";

const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

for (const time of document.querySelectorAll("time[data-local-time]")) {
  time.textContent = local.format(new Date(/** @type {HTMLTimeElement} */ (time).dateTime));
}
purge();
