// Where a browser draws too slowly (without a graphics card) it draws coarser while it plays.

const [SLOW, COARSER, COARSEST] = [70, 0.7, 0.2]; // milliseconds from picture to picture; shares of a side's pixels
const PATIENCE = 6; // pictures

export class Pace {
  constructor() {
    this.share = 1;
    this.stand();
  }

  // To be called for each picture while playing: how fine it may be.
  beat(now) {
    this.beats.push(now);
    const mean = (now - this.beats[0]) / (this.beats.length - 1 || 1);
    if (this.beats.length > PATIENCE) {
      if (mean > SLOW) this.share = Math.max(this.share * COARSER, COARSEST);
      this.beats = [];
    }
    return this.share;
  }

  // What stands still is drawn as finely as can be.
  stand() {
    this.beats = [];
    return 1;
  }
}
