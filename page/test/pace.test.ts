import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "../../player/src/pace.js";

/** Plays for `seconds` where a picture takes `cost(share)` milliseconds, at most 60 a second: shares that were drawn. */
function played(pace: Pace, cost: (share: number) => number, seconds: number, from = 0): number[] {
  const shares: number[] = [];
  for (let now = from; now < from + 1000 * seconds; ) {
    const share: number = pace.beat(now);
    shares.push(share);
    now += Math.max(cost(share), 1000 / 60);
  }
  return shares;
}

test("a quick machine draws all pixels", () => {
  assert.ok(played(new Pace(), () => 10, 60).every((share) => share === 1));
});

test("where a whole picture takes two seconds, four are enough to draw as coarsely as can be", () => {
  const shares = played(new Pace(), (share) => 2000 * share * share, 8);
  assert.equal(shares.at(-1), 0.2);
  assert.ok(shares.indexOf(0.2) <= 4);
});

test("no coarser than is needed", () => {
  const shares = played(new Pace(), (share) => 120 * share * share, 20);
  assert.ok(shares.at(-1)! > 0.45 && shares.at(-1)! < 0.8);
});

test("what was slow for a while is fine again soon after", () => {
  const pace = new Pace();
  assert.ok(played(pace, () => 400, 5).at(-1)! < 0.5);
  assert.equal(played(pace, () => 12, 60, 5000).at(-1), 1);
});

test("a finer picture that is too slow is tried ever more rarely", () => {
  const pace = new Pace(0.5);
  const shares = played(pace, (share) => (share > 0.6 ? 200 : 20), 600);
  const tries = shares.filter((share, i) => share > 0.6 && !(shares[i - 1]! > 0.6)).length;
  assert.ok(tries >= 2 && tries <= 8, `${tries}`);
});

test("a tab that slept is not a slow machine", () => {
  const pace = new Pace();
  played(pace, () => 16, 2);
  assert.equal(played(pace, () => 16, 1, 3_600_000).at(-1), 1);
});
