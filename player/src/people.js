// A panel for each person: background, name, and a lamp that is lit while they speak.

import { press } from "./controls.js";

export class People {
  constructor(stage, people, levelsPerSecond, focus) {
    this.stage = stage;
    this.people = people;
    this.perSecond = levelsPerSecond;
    this.panels = people.map((person, i) => this.panel(person, i, focus));
    stage.append(...this.panels.map((panel) => panel.box));
  }

  panel({ label, colours }, i, focus) {
    const box = document.getElementById("panel").content.firstElementChild.cloneNode(true);
    const [view, strip] = [box.querySelector(".view"), box.querySelector(".name")];
    const name = label || `Person ${i + 1}`;
    box.style.setProperty("--accent", `light-dark(${colours.light}, ${colours.dark})`);
    box.classList.add(`panel-${i + 1}`);
    view.setAttribute("aria-label", `Head of ${name}`);
    box.querySelector(".label").textContent = name;
    strip.title = `Show ${name} alone (${i + 1})`;
    strip.disabled = this.people.length === 1;
    strip.addEventListener("click", () => focus(i));
    return { box, view, strip, spoken: box.querySelector(".spoken") };
  }

  // Shows one person alone; the same again shows all.
  focus(number) {
    if (this.people.length === 1 || number >= this.people.length) return;
    const alone = this.panels[number].strip.getAttribute("aria-pressed") !== "true";
    this.panels.forEach(({ box, strip }, i) => {
      press(strip, alone && i === number);
      box.hidden = alone && i !== number;
    });
  }

  show(time) {
    this.people.forEach(({ voice }, i) => {
      const speaks = Boolean(voice?.speaking[Math.min(Math.floor(time * this.perSecond + 0.01), voice.speaking.length - 1)]);
      const { box, spoken } = this.panels[i];
      box.classList.toggle("speaking", speaks);
      spoken.textContent = speaks ? "speaking" : "";
    });
  }
}
