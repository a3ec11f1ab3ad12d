// Light and dark: as the system has it, until the reader chooses.

const theme = {
  listeners: [],
  colors: {},
  system: matchMedia("(prefers-color-scheme: dark)"),
  chosen: new URLSearchParams(location.hash.slice(1)).get("theme"),

  isDark() {
    return this.chosen ? this.chosen === "dark" : this.system.matches;
  },
  apply() {
    document.documentElement.dataset.theme = this.isDark() ? "dark" : "light";
    this.colors = {};
    document.getElementById("theme").textContent = this.isDark() ? "Light" : "Dark";
    for (const listener of this.listeners) listener();
  },
  toggle() {
    this.chosen = this.isDark() ? "light" : "dark";
    this.apply();
  },
  // A colour of the style sheet by its name.
  color(name) {
    this.colors[name] ??= getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    return this.colors[name];
  },
};

