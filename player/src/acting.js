// What moves a figure at any time: weights (N) and turns (J quaternions w, x, y, z), between two frames in a straight line.

export class Acting {
  constructor({ weights, turns }, read) {
    [this.shapes, this.frames] = weights.shape;
    this.joints = turns.shape[0];
    this.allWeights = read(weights);
    this.allTurns = read(turns);
    this.weights = new Float32Array(this.shapes);
    this.turns = new Float32Array(4 * this.joints);
  }

  // `position` in frames; a motion that is over holds its last frame.
  at(position) {
    const before = Math.min(Math.floor(position), this.frames - 1);
    const after = Math.min(before + 1, this.frames - 1);
    const share = position - Math.floor(position);
    for (let i = 0; i < this.shapes; i++)
      this.weights[i] = mixed(this.allWeights, i * this.frames, before, after, share);
    for (let j = 0; j < this.joints; j++) this.turn(j, before, after, share);
  }

  turn(joint, before, after, share) {
    const first = 4 * joint;
    let dot = 0;
    let length = 0;
    for (let k = first; k < first + 4; k++)
      dot += this.allTurns[k * this.frames + before] * this.allTurns[k * this.frames + after];
    for (let k = first; k < first + 4; k++) {
      const near = this.allTurns[k * this.frames + before];
      const far = this.allTurns[k * this.frames + after] * (dot < 0 ? -1 : 1);
      this.turns[k] = near + share * (far - near);
      length += this.turns[k] ** 2;
    }
    for (let k = first; k < first + 4; k++) this.turns[k] /= Math.sqrt(length);
  }
}

function mixed(values, start, before, after, share) {
  return values[start + before] + share * (values[start + after] - values[start + before]);
}
