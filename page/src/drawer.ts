// The drawer: dials, settings, and where the latency comes from.

import type { Conversation } from "./conversation.ts";
import { find, options, say } from "./page.ts";
import type { Latency, Settings, Welcome } from "./protocol.ts";

type Dial = "expressiveness" | "reactivity" | "head_motion" | "blinks_per_minute" | "eye_contact";

const DIALS: Record<Dial, { name: string; usual: number; told: (value: number) => string }> = {
  expressiveness: { name: "Expression", usual: 1, told: times },
  head_motion: { name: "Head motion", usual: 1, told: times },
  reactivity: { name: "Reactivity", usual: 1, told: times },
  blinks_per_minute: { name: "Blinks a minute", usual: 15, told: (value) => value.toFixed(0) },
  eye_contact: { name: "Eye contact", usual: 0.7, told: (value) => `${Math.round(100 * value)} %` },
};

export class Drawer {
  latency: Latency | null = null;
  readonly #box = find("#drawer");
  readonly #button = find<HTMLButtonElement>("#dials");
  readonly #talk: Conversation;

  constructor(talk: Conversation) {
    this.#talk = talk;
    this.#button.addEventListener("click", () => this.toggle());
    find("#latency").addEventListener("click", () => this.toggle());
    find("#drawer-close").addEventListener("click", () => this.toggle(false));
    for (const [id, name] of [["#barge-in", "barge_in"], ["#half-duplex", "half_duplex"], ["#voice-agent input", "voice_agent"]] as const)
      find<HTMLInputElement>(id).addEventListener("change", ({ target }) => this.#set({ [name]: (target as HTMLInputElement).checked }));
    find("#voice-agent input").addEventListener("change", () => void talk.sound.start()); // while the user presses
    const [echo, delay] = [find<HTMLInputElement>("#echo"), find<HTMLInputElement>("#echo-delay input")];
    const set = (): void => this.#set({ echo_s: echo.checked ? delay.valueAsNumber : 0 });
    echo.addEventListener("change", set);
    delay.addEventListener("change", set);
    for (const name of ["model", "voice"] as const)
      find<HTMLSelectElement>(`#${name}`).addEventListener("change", ({ target }) => this.#set({ [name]: (target as HTMLSelectElement).value }));
    find("#again").addEventListener("click", () => talk.link.control({ type: "reset" }));
    find<HTMLInputElement>("#volume").addEventListener("input", ({ target }) => {
      const { valueAsNumber } = target as HTMLInputElement;
      talk.sound.volume = valueAsNumber;
      say(find("#volume").previousElementSibling!.querySelector("output")!, `${Math.round(100 * valueAsNumber)} %`);
    });
  }

  toggle(open = this.#box.hidden): void {
    if (this.#box.hidden === !open) return;
    this.#box.hidden = !open;
    for (const button of [this.#button, find("#latency")]) button.setAttribute("aria-expanded", String(open));
    if (open) find("#drawer-close").focus();
    else if (this.#box.contains(document.activeElement) || document.activeElement === document.body) this.#button.focus();
  }

  get open(): boolean {
    return !this.#box.hidden;
  }

  #set(changes: Omit<Settings, "type">): void {
    this.#talk.link.control({ type: "settings", ...changes });
  }

  welcome({ models, model, voices, voice, dials, voice_agent }: Welcome): void {
    options(find("#model"), models.map((name) => [name, name] as const), model);
    options(find("#voice"), voices.map((name) => [name, name] as const), voice);
    find("#voice").parentElement!.hidden = !voices.length;
    find("#voice-agent").hidden = !voice_agent;
    const known = (Object.keys(DIALS) as Dial[]).filter((dial) => dials[dial]);
    find("#dial-list").replaceChildren(...known.map((dial) => this.#dial(dial, dials[dial]!)));
    this.settings(this.#talk.settings);
  }

  #dial(dial: Dial, [least, most]: [number, number]): HTMLElement {
    const line = document.createElement("div");
    line.className = "dial unset";
    line.dataset.dial = dial;
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", min: least, max: most, step: most > 10 ? 1 : 0.05, value: DIALS[dial].usual, id: `dial-${dial}` });
    const head = document.createElement("span");
    const label = document.createElement("label");
    [label.textContent, label.htmlFor] = [DIALS[dial].name, slider.id];
    const back = document.createElement("button");
    Object.assign(back, { type: "button", textContent: "usual", hidden: true, ariaLabel: `${DIALS[dial].name}: as usual` });
    back.addEventListener("click", () => this.#talk.link.control({ type: "default", dial }));
    slider.addEventListener("input", () => {
      this.#set({ [dial]: slider.valueAsNumber });
      this.#tell(line, dial, slider.valueAsNumber);
    });
    head.append(label, document.createElement("output"), back);
    line.append(head, slider);
    return line;
  }

  #tell(line: HTMLElement, dial: Dial, value: number | null | undefined): void {
    const set = value !== null && value !== undefined;
    const slider = find<HTMLInputElement>("input", line);
    if (!set) slider.valueAsNumber = DIALS[dial].usual;
    else if (document.activeElement !== slider) slider.valueAsNumber = value;
    line.classList.toggle("unset", !set);
    find("button", line).hidden = !set || ((dial === "expressiveness" || dial === "head_motion") && value === 1);
    say(find("output", line), set ? DIALS[dial].told(value) : "its own");
  }

  settings(settings: Settings): void {
    for (const line of document.querySelectorAll<HTMLElement>("#dial-list .dial")) {
      const dial = line.dataset.dial as Dial;
      this.#tell(line, dial, settings[dial]);
    }
    find<HTMLInputElement>("#barge-in").checked = settings.barge_in ?? true;
    find<HTMLInputElement>("#half-duplex").checked = settings.half_duplex ?? false;
    find<HTMLInputElement>("#voice-agent input").checked = settings.voice_agent ?? false;
    const echo = settings.echo_s ?? 0;
    find<HTMLInputElement>("#echo").checked = echo > 0;
    find("#echo-delay").hidden = !(echo > 0);
    if (echo > 0) find<HTMLInputElement>("#echo-delay input").valueAsNumber = echo;
    say(find("#echo-delay output"), `${echo} s`);
    for (const name of ["model", "voice"] as const) if (settings[name]) find<HTMLSelectElement>(`#${name}`).value = settings[name];
  }

  /** Rows of the table of latencies, while it is seen. */
  parts(rows: readonly (readonly [string, string])[]): void {
    if (!this.open) return;
    const list = find("#parts");
    if (list.childElementCount !== 2 * rows.length)
      list.replaceChildren(...rows.flatMap(() => [document.createElement("dt"), document.createElement("dd")]));
    rows.flat().forEach((text, i) => say(list.children[i] as HTMLElement, text));
  }
}

function times(value: number): string {
  return `× ${value.toFixed(2)}`;
}
