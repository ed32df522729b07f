// Buttons, sliders and keys; every key does what a button does.

const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2];

export class Controls {
  constructor(page, clock, audio, { reset, focus, nextCamera, seek }) {
    Object.assign(this, { page, clock, audio, reset, focus, nextCamera, seek });
    this.play = page("#play");
    this.scrub = page("#scrub");
    this.scrub.max = Math.round(clock.duration * clock.fps) - 1;
    page("#duration").textContent = ` / ${told(clock.duration)}`;
    this.click("#play", () => this.toggle());
    this.click("#loop", () => this.toggleLoop());
    this.click("#reset", reset);
    this.click("#help", () => page("#keys").showModal());
    this.scrub.addEventListener("input", () => seek(this.scrub.valueAsNumber / clock.fps));
    page("#speed").append(...SPEEDS.map((speed) => new Option(`${speed}×`, speed, speed === 1, speed === 1)));
    page("#speed").addEventListener("change", (event) => (clock.rate = Number(event.target.value)));
    page("#sound").hidden = !audio;
    if (audio) this.listen(audio);
    document.addEventListener("keydown", (event) => this.key(event));
  }

  listen(audio) {
    this.click("#mute", () => (audio.muted = !audio.muted));
    this.page("#volume").addEventListener("input", (event) => {
      audio.volume = event.target.valueAsNumber;
      audio.muted = false;
    });
    audio.addEventListener("volumechange", () => press(this.page("#mute"), audio.muted));
  }

  click(name, act) {
    this.page(name).addEventListener("click", act);
  }

  async toggle() {
    if (this.clock.playing) this.clock.pause();
    else await this.clock.play().catch((error) => this.page("#problem").append(`The sound cannot be played: ${error.message}`));
  }

  toggleLoop() {
    const looped = this.page("#loop").getAttribute("aria-pressed") !== "true";
    press(this.page("#loop"), looped);
    this.clock.loop = looped;
  }

  step(frames) {
    this.clock.pause();
    this.seek((this.clock.frame + frames) / this.clock.fps);
  }

  key(event) {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || this.page("#keys").open) return;
    if (target.matches("select, #volume") || (target.matches("button") && (key === " " || key === "Enter"))) return;
    const act = {
      " ": () => this.toggle(),
      ArrowLeft: () => this.seek(this.clock.time - 1),
      ArrowRight: () => this.seek(this.clock.time + 1),
      ",": () => this.step(-1),
      ".": () => this.step(1),
      Home: () => this.seek(0),
      End: () => this.seek(this.clock.duration),
      l: () => this.toggleLoop(),
      m: () => this.audio && (this.audio.muted = !this.audio.muted),
      r: this.reset,
      c: this.nextCamera,
      1: () => this.focus(0),
      2: () => this.focus(1),
      "?": () => this.page("#keys").showModal(),
    }[key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  show(time) {
    const { clock } = this;
    this.scrub.value = clock.frame;
    this.scrub.setAttribute("aria-valuetext", `${time.toFixed(1)} of ${clock.duration.toFixed(1)} seconds`);
    this.page("#time").textContent = told(time);
    this.page("#frame").textContent = `frame ${clock.frame}`;
    this.play.classList.toggle("playing", clock.playing);
    this.play.setAttribute("aria-label", clock.playing ? "Pause" : "Play");
  }
}

export function press(button, pressed) {
  button.setAttribute("aria-pressed", String(pressed));
}

function told(seconds) {
  const tenths = Math.floor(seconds * 10 + 1e-6);
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`;
}
