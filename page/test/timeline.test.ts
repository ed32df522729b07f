import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentClock, FRAME, FrameLine, RATE, UserClock, type Moment } from "../src/timeline.ts";

const frame = (stamp: number, value = stamp): Moment => ({ stamp, values: Float32Array.of(value), heard: stamp, state: 1 });
const draw = (() => {
  let seed = 7;
  return () => (seed = (seed * 16807) % 2147483647) / 2147483647;
})();

/** Frames of 40 ms that arrive late by up to `jitter` [s]; how many are not there when they are due, after `from` [s]. */
function missed(clock: AgentClock, jitter: number, drift: number, from: number, until: number, speaking = false): number {
  let late = 0;
  for (let n = 0; n < until * 25; n++) {
    const arrives = (n / 25) * (1 + drift) + 0.05 + jitter * draw();
    clock.arrived(n * FRAME, arrives, speaking);
    if (n / 25 > from && clock.stampAt(arrives) > (n - 1) * FRAME) late++;
  }
  return late;
}

test("the clock runs evenly and begins a little before the first frame is needed", () => {
  const clock = new AgentClock();
  assert.equal(clock.running, false);
  clock.arrived(6400, 10, false);
  assert.equal(Math.round(clock.stampAt(10)), 6400 - FRAME - 0.03 * RATE);
  assert.equal(Math.round(clock.stampAt(11) - clock.stampAt(10)), RATE);
  assert.ok(Math.abs(clock.timeOf(clock.stampAt(12.34)) - 12.34) < 1e-9);
});

test("frames that come unevenly are in time after a second, also where clocks drift", () => {
  for (const drift of [0, 2e-4, -2e-4]) assert.equal(missed(new AgentClock(), 0.06, drift, 2, 40), 0);
});

test("delay that is not needed any more goes away", () => {
  const clock = new AgentClock();
  missed(clock, 0.2, 0, 0, 10);
  for (let n = 250; n < 1500; n++) clock.arrived(n * FRAME, n / 25 + 0.05, false);
  const spare = (1499 - 1) * FRAME - clock.stampAt(1499 / 25 + 0.05);
  assert.ok(spare / RATE < 0.1, `${spare / RATE} s are left`);
});

test("a voice is neither hurried nor held", () => {
  const clock = new AgentClock();
  clock.arrived(0, 0, false);
  const before = clock.stampAt(5);
  for (let n = 1; n < 100; n++) clock.arrived(n * FRAME, n / 25 + (n > 50 ? 0.1 : 0), true);
  assert.equal(clock.stampAt(5), before);
});

test("after a sleep the page goes where the frames are", () => {
  const clock = new AgentClock();
  clock.arrived(0, 0, false);
  for (let n = 0; n < 4; n++) clock.arrived(60 * RATE + n * FRAME, 2 + n / 25, true);
  assert.ok(clock.stampAt(2.2) < 3 * RATE, "a few stray frames move nothing");
  clock.arrived(60 * RATE + 4 * FRAME, 2.16, true);
  assert.ok(Math.abs(clock.stampAt(2.16) - 60.16 * RATE) < 0.1 * RATE);
});

test("what the page was too busy to take in time says nothing about the way", () => {
  const clock = new AgentClock();
  missed(clock, 0, 0, 0, 2);
  const before = clock.stampAt(3);
  for (let n = 50; n < 70; n++) clock.arrived(n * FRAME, 3.2, false, true);
  assert.equal(clock.stampAt(3), before);
});

test("frames give way to those that replace them, and the last is held", () => {
  const line = new FrameLine();
  assert.equal(line.at(0), null);
  line.put([frame(0), frame(640), frame(1280)]);
  assert.equal(line.at(320)!.values[0], 320);
  assert.equal(line.at(9999)!.values[0], 1280);
  line.put([frame(640, 5), frame(1280, 7)]);
  assert.equal(line.at(960)!.values[0], 6);
  line.takeBack(1280);
  assert.equal(line.at(2000)!.values[0], 5);
  line.put([frame(6400, 50)]);
  assert.equal(line.at(3000)!.values[0], 5);
  assert.deepEqual(line.after(641).map(({ stamp }) => stamp), [6400]);
});

test("the user's clock follows the microphone", () => {
  const clock = new UserClock(100);
  assert.equal(clock.stampAt(101), RATE);
  for (let n = 0; n < 2000; n++) clock.follow(RATE + n * 320, 101.03 + n * 0.02);
  assert.ok(Math.abs(clock.timeOf(RATE + 1999 * 320) - (101.03 + 1999 * 0.02)) < 1e-3);
});
