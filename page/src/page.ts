// Elements of the page, by what they are.

export function find<T extends HTMLElement = HTMLElement>(selector: string, within: ParentNode = document): T {
  const found = within.querySelector<T>(selector);
  if (!found) throw new Error(`the page lacks ${selector}`);
  return found;
}

export function press(button: HTMLElement, pressed: boolean): void {
  button.setAttribute("aria-pressed", String(pressed));
}

export function options(select: HTMLSelectElement, names: readonly (readonly [string, string])[], chosen: string): void {
  select.replaceChildren(...names.map(([value, text]) => new Option(text, value, value === chosen, value === chosen)));
}

/** A text, where it is another one: screen readers are told of changes only. */
export function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Tells the browser's own timeline (`performance.getEntriesByType("mark")`) when something came for the first time. */
export function once(what: string): void {
  if (!performance.getEntriesByName(what, "mark").length) performance.mark(what);
}
