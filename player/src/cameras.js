// Which camera of a room is seen: the one that is chosen, or whichever the cuts to the speaker say.

export class Cameras {
  // `cuts`: [frame, shot] at `perSecond` frames a second.
  constructor(place, { choices, chosen, cuts }, perSecond) {
    this.place = place;
    this.names = choices.map(({ name }) => name);
    this.shots = choices.map(({ shot }) => shot);
    this.cuts = cuts;
    this.perSecond = perSecond;
    this.usual = this.names.indexOf(chosen);
    const select = place.querySelector("select");
    select.append(...choices.map(({ label }, i) => new Option(label, i)));
    select.addEventListener("change", () => this.choose(Number(select.value)));
    this.select = select;
    place.hidden = false;
    this.shot = 0;
    this.choose(this.usual);
  }

  choose(number) {
    if (!(number in this.names)) throw new Error(`there is no such camera; choose ${this.names.join(", ")}`);
    this.number = number;
    this.select.value = number;
    this.stale = true;
  }

  next() {
    this.choose((this.number + 1) % this.names.length);
  }

  // Looks at one person; the same again returns to the camera of the beginning.
  focus(person) {
    const number = this.shots.indexOf(2 - person);
    if (number >= 0) this.choose(number === this.number ? this.usual : number);
  }

  get name() {
    return this.names[this.number];
  }

  // The shot that is due.
  at(time) {
    const shot = this.shots[this.number];
    if (shot !== null) return shot;
    const frame = time * this.perSecond + 0.01;
    return this.cuts.findLast(([begins]) => begins <= frame)?.[1] ?? 0;
  }

  show(time, room) {
    const shot = this.at(time);
    if (shot === this.shot && !this.stale) return;
    [this.shot, this.stale] = [shot, false];
    room?.show(shot);
  }
}
