// A panel for each person: background, name, a lamp that is lit while they speak, and their conversation state.

import { press } from "./controls.js";

export class People {
  constructor(stage, people, { levelsPerSecond, fps, room }, focus) {
    this.stage = stage;
    this.people = people;
    this.perSecond = levelsPerSecond;
    this.fps = fps;
    this.panels = people.map((person, i) => this.panel(person, i, focus));
    this.together = Boolean(room);
    if (room) stage.append((this.whole = this.viewOf(people)));
    stage.classList.toggle("together", this.together);
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
    return { box, view, strip, spoken: box.querySelector(".spoken"), state: box.querySelector(".state") };
  }

  // One view of all, where they are in one room.
  viewOf(people) {
    const view = document.createElement("div");
    view.className = "view";
    view.role = "img";
    view.setAttribute("aria-label", `${people.map(({ label }, i) => label || `Person ${i + 1}`).join(" and ")} in one room`);
    return view;
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
    this.people.forEach(({ voice, state }, i) => {
      const speaks = Boolean(voice && at(voice.speaking, time * this.perSecond));
      const { box, spoken } = this.panels[i];
      box.classList.toggle("speaking", speaks);
      spoken.textContent = speaks ? "speaking" : "";
      if (state) this.tell(this.panels[i].state, state, at(state.values, time * this.fps));
    });
  }

  tell(place, { names, colours }, number) {
    if (place.textContent === names[number]) return;
    place.textContent = names[number];
    place.style.setProperty("--state", colours[number]);
  }
}

// What holds at a position in frames; after the last frame, what held there.
function at(values, position) {
  return values[Math.min(Math.floor(position + 0.01), values.length - 1)];
}
