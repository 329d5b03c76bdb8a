/**
 * Light or dark, set before anything is drawn: this is a classic script in the head, so that no page flashes.
 *
 * The system decides until somebody presses the button; a choice equal to the system's is forgotten again.
 */
(() => {
  const KEY = "theme";
  const root = document.documentElement;
  const systemDark = window.matchMedia("(prefers-color-scheme: dark)");

  /** @returns {string | null} the remembered choice; none where storage is blocked */
  function remembered() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  }

  /** @param {string} theme "light" or "dark" */
  function remember(theme) {
    try {
      if (theme === system()) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // Where storage is blocked the choice lasts for this page.
    }
  }

  const system = () => (systemDark.matches ? "dark" : "light");

  /** @param {string} theme "light" or "dark" */
  function apply(theme) {
    root.dataset.bsTheme = theme;
    const button = document.querySelector("[data-theme-toggle]");
    button?.setAttribute("aria-label", theme === "dark" ? "Light theme" : "Dark theme");
    document.dispatchEvent(new CustomEvent("themechange"));
  }

  root.classList.add("scripted");
  apply(remembered() ?? system());
  systemDark.addEventListener("change", () => apply(remembered() ?? system()));
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-toggle]");
    if (!(button instanceof HTMLElement)) return;
    button.hidden = false;
    apply(root.dataset.bsTheme ?? system());
    button.addEventListener("click", () => {
      const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
      remember(theme);
      apply(theme);
    });
  });
})();
