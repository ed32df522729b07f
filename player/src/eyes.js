// The upper lid shades the eyeball just below it, wherever the lid is (as visavis.view.picture.scene does it).

import { matrix, times } from "./joints.js";

const RADIANS = Math.PI / 180;
const LID_REACHES = 24 * RADIANS;
const [CORNER, CORNER_WIDTH] = [62 * RADIANS, 30 * RADIANS];
const MIDDLE_OF_LID = 7;

export class EyeShade {
  constructor({ joint, ball, lid }, figure) {
    this.joint = figure.joints.findIndex(({ name }) => name === joint);
    [this.first, this.stop] = ball;
    this.lid = lid;
    this.centre = mean(figure.rest, this.first, this.stop);
  }

  // To be called while the head itself has not been turned yet.
  shade(figure, turns) {
    const lidUp = this.lidUp(figure.positions);
    const turn = matrix(turns.subarray(4 * this.joint, 4 * this.joint + 4));
    for (let v = this.first; v < this.stop; v++) {
      const [x, y, z] = times(turn, away(figure.rest, v, this.centre));
      const under = softStep((lidUp - Math.atan2(y, Math.max(z, 1e-6))) / LID_REACHES);
      const side = softStep((CORNER - Math.abs(Math.atan2(x, z))) / CORNER_WIDTH);
      figure.openness[v] = 255 * (0.35 + 0.65 * under) * (0.45 + 0.55 * side);
    }
  }

  // The elevation of the lid's edge, seen from the eye's centre [rad].
  lidUp(positions) {
    const edge = [];
    for (let v = this.lid[0]; v < this.lid[1]; v++) edge.push(away(positions, v, this.centre));
    const highest = edge.sort((a, b) => b[1] - a[1]).slice(0, MIDDLE_OF_LID);
    const sum = (k) => highest.reduce((total, point) => total + point[k], 0);
    return Math.atan2(sum(1), sum(2));
  }
}

function away(points, v, [x, y, z]) {
  return [points[3 * v] - x, points[3 * v + 1] - y, points[3 * v + 2] - z];
}

function mean(points, first, stop) {
  const total = [0, 0, 0];
  for (let v = first; v < stop; v++) for (let k = 0; k < 3; k++) total[k] += points[3 * v + k];
  return total.map((value) => value / (stop - first));
}

function softStep(x) {
  const share = Math.min(Math.max(x, 0), 1);
  return share * share * (3 - 2 * share);
}
