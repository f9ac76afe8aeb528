/** Light or dark: the system's choice until the visitor makes one. */
import { signal } from "@preact/signals";
import { keep, recall } from "./i18n";

export type Theme = "light" | "dark";

const KEPT = "tandem.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

const chosen = (): Theme | undefined => {
  const kept = recall(KEPT);
  return kept === "light" || kept === "dark" ? kept : undefined;
};

/** The theme that is shown. Charts and canvases that read colours draw again when it changes. */
export const theme = signal<Theme>(chosen() ?? (system.matches ? "dark" : "light"));

system.addEventListener("change", () => {
  if (chosen() === undefined) theme.value = system.matches ? "dark" : "light";
});

export function toggleTheme(): void {
  theme.value = theme.value === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = theme.value;
  keep(KEPT, theme.value);
}

/** A colour of the design as the theme has it: `colour("--tower-a")`. Reads `theme`, so that who calls it follows it. */
export function colour(token: `--${string}`): string {
  theme.value;
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
