"use strict";
// Runs before the page is drawn, so that a chosen theme doesn't flash.
(() => {
  const root = document.documentElement;
  const themes = ["auto", "light", "dark"];
  root.classList.add("scripted");

  const remembered = () => {
    try {
      return localStorage.getItem("wirecheck-theme");
    } catch {
      return null; // a browser may refuse storage to files
    }
  };

  const wear = (theme) => {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
  };

  let theme = themes.includes(remembered()) ? remembered() : "auto";
  wear(theme);

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const tell = () => {
      button.textContent = `Theme: ${theme}`;
    };
    button.addEventListener("click", () => {
      theme = themes[(themes.indexOf(theme) + 1) % themes.length];
      wear(theme);
      tell();
      try {
        localStorage.setItem("wirecheck-theme", theme);
      } catch {
        // then it lasts as long as the page
      }
    });
    tell();
  });
})();
