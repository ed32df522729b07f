// What is told on both cards: who speaks, the conversation state, reactions, what is said.

import { find, say } from "./page.ts";
import { OTHER_STATE, STATE_COLOURS } from "./states.ts";

const REACTIONS: Record<string, string> = { nod: "nods", shake: "shakes its head", smile: "smiles", "brow raise": "raises its brows" };
const SHOWN_MS = 2400;
const HEARD_MS = 6000;

export class Card {
  readonly box: HTMLElement;
  readonly view: HTMLElement;
  readonly #doing: HTMLElement;
  readonly #lamp: HTMLElement;

  constructor(who: "agent" | "user") {
    this.box = find(`#card-${who}`);
    this.view = find(".view", this.box);
    this.#doing = find(".doing", this.box);
    this.#lamp = find(".lamp", this.box);
  }

  name(name: string): void {
    say(find(".name", this.box), name);
  }

  doing(text: string): void {
    say(this.#doing, text);
  }

  level(level: number, speaking: boolean): void {
    this.#lamp.style.setProperty("--level", level.toFixed(2));
    this.box.classList.toggle("speaking", speaking);
  }
}

/** What the agent does, in words; and what it has understood. */
export class Captions {
  state = "";
  readonly reactions: string[] = [];
  readonly #chip = find("#state");
  readonly #told = find("#reactions");
  readonly #subtitle = find("#subtitle");
  readonly #caption = find("#caption");
  readonly #said = find("#said");
  #forgets = 0;
  #until = 0;

  show(state: string): void {
    if (state === this.state) return;
    this.state = state;
    say(find("span", this.#chip), state[0]!.toUpperCase() + state.slice(1));
    this.#chip.style.setProperty("--state", STATE_COLOURS[state] ?? OTHER_STATE);
  }

  react(name: string): void {
    this.reactions.push(name);
    const line = document.createElement("li");
    line.textContent = REACTIONS[name] ?? name;
    this.#told.append(line);
    if (this.#told.childElementCount > 3) this.#told.firstElementChild!.remove();
    setTimeout(() => line.remove(), SHOWN_MS);
    say(this.#caption, `It ${line.textContent}`);
  }

  /** What is said, up to a sample of the agent's clock. */
  say(text: string, until: number): void {
    say(this.#subtitle, text);
    this.#until = until;
  }

  /** What the user said, as a voice agent understood it; shown for a while. */
  hear(text: string): void {
    say(this.#said, text);
    clearTimeout(this.#forgets);
    this.#forgets = window.setTimeout(() => say(this.#said, ""), HEARD_MS);
  }

  at(stamp: number): void {
    if (this.#until && stamp > this.#until) this.say("", 0);
  }
}
