// The reader's light or dark, before anything is painted.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const follow = () => {
    if (!root.hasAttribute("data-theme-fixed"))
      root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  };
  root.setAttribute("data-scripts", "");
  dark.addEventListener("change", follow);
  follow();
})();
