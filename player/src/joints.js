// Where joints stand: rotation m (9, row by row) and shift (3) of each, parents first.

export function placements(joints, turns) {
  const placed = {};
  return joints.map(({ name, at, parent }, j) => {
    const own = matrix(turns.subarray(4 * j, 4 * j + 4));
    const above = placed[parent] ?? { m: [1, 0, 0, 0, 1, 0, 0, 0, 1], shift: [0, 0, 0] };
    const stays = times(own, at).map((value, k) => at[k] - value);
    const shift = times(above.m, stays).map((value, k) => value + above.shift[k]);
    placed[name] = { m: product(above.m, own), shift };
    return placed[name];
  });
}

export function matrix([w, x, y, z]) {
  return [
    1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
    2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
    2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
  ];
}

export function times(m, [x, y, z]) {
  return [0, 3, 6].map((row) => m[row] * x + m[row + 1] * y + m[row + 2] * z);
}

function product(a, b) {
  const columns = [0, 1, 2].map((k) => times(a, [b[k], b[3 + k], b[6 + k]]));
  return [0, 1, 2].flatMap((row) => columns.map((column) => column[row]));
}
