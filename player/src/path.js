// Where somebody is at any time: `position` [m] of the head and `heading` [rad] of the shoulders about y.

export class Path {
  constructor({ positions, headings }, read) {
    this.all = [0, 1, 2].map((axis) => read(positions).subarray(axis * positions.shape[1], (axis + 1) * positions.shape[1]));
    this.headings = read(headings);
    this.frames = headings.shape[0];
    this.at(0);
  }

  // `position` in frames; a motion that is over stays where it is.
  at(position) {
    const before = Math.min(Math.floor(position), this.frames - 1);
    const after = Math.min(before + 1, this.frames - 1);
    const share = position - Math.floor(position);
    const between = (values) => values[before] + share * (values[after] - values[before]);
    this.position = this.all.map(between);
    this.heading = between(this.headings);
  }
}
