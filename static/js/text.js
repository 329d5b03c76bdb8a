/** Forms that take a moment: show that they were sent. They work the same without this script. */

import { findAll } from "./dom.js";

for (const form of findAll(document, "[data-busy-form]")) {
  form.addEventListener("submit", () => form.setAttribute("aria-busy", "true"));
}

// The back button may bring the page back as it was left.
window.addEventListener("pageshow", () => {
  for (const form of findAll(document, "[data-busy-form]")) form.removeAttribute("aria-busy");
});
