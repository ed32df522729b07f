// Where a browser draws too slowly (without a graphics card) it draws coarser while it plays, and finer again when it can.

const [SLOW, QUICK, ASLEEP] = [70, 30, 3000]; // milliseconds from picture to picture; longer ones tell nothing
const [COARSEST, STEP, JUMP] = [0.2, 0.7, 0.35]; // shares of a side's pixels: the least, and of the last one in one change
const [PATIENCE, LONGEST] = [6, 700]; // pictures, and milliseconds, after which it is judged
const [FIRST_WAIT, LAST_WAIT] = [5000, 160_000]; // quick milliseconds after which a finer picture is tried

export class Pace {
  constructor(share = 1) {
    this.share = share;
    this.wait = FIRST_WAIT;
    this.stand();
  }

  // To be called for each picture while playing: how fine it may be.
  beat(now) {
    if (now - this.beats.at(-1) > ASLEEP) this.stand();
    this.beats.push(now);
    const [pictures, passed] = [this.beats.length - 1, now - this.beats[0]];
    if (pictures >= PATIENCE || (pictures && passed > LONGEST)) {
      this.judge(passed / pictures, passed);
      this.beats = [now];
    }
    return this.share;
  }

  judge(mean, passed) {
    this.quick = mean < QUICK ? this.quick + passed : 0;
    if (mean > SLOW) {
      if (this.tried) this.wait = Math.min(2 * this.wait, LAST_WAIT);
      this.share = Math.max(this.share * Math.min(STEP, Math.max(JUMP, Math.sqrt(SLOW / mean))), COARSEST);
      this.tried = false;
    } else if (this.quick > this.wait && this.share < 1) {
      this.share = Math.min(this.share / STEP, 1);
      this.quick = 0;
      this.tried = true;
    }
  }

  // What stands still is drawn as finely as can be.
  stand() {
    this.beats = [];
    this.quick = 0;
    this.tried = false;
    return 1;
  }
}
