import assert from "node:assert/strict";

/** Numbers that differ by no more than `most`. */
export function near(given: ArrayLike<number>, expected: ArrayLike<number>, most: number): void {
  assert.equal(given.length, expected.length);
  for (let i = 0; i < given.length; i++)
    assert.ok(Math.abs(given[i]! - expected[i]!) <= most, `number ${i} is ${given[i]}, not ${expected[i]}`);
}
