// A head: its vertices and normals under weights and turns (as visavis.view.rigs.rig does it), and the shade of its lids.

import { EyeShade } from "./eyes.js";
import { placements } from "./joints.js";
import { interleaved } from "./unpack.js";

const LEAST = 1e-4;

export class Figure {
  constructor(entry, read) {
    this.rest = interleaved(read(entry.vertices), 3);
    this.faces = interleaved(read(entry.faces), 3);
    this.count = this.rest.length / 3;
    const surface = read(entry.surface);
    this.colours = interleaved(surface.subarray(0, 3 * this.count), 3);
    this.openness = surface.slice(3 * this.count, 4 * this.count);
    this.gloss = interleaved(surface.subarray(4 * this.count), 3);
    this.readShapes(entry.shapes, read);
    this.joints = entry.joints;
    this.following = entry.joints.map((_, j) => followers(read(entry.following), j, this.count));
    this.middle = entry.middle;
    this.span = entry.span;
    this.positions = new Float32Array(this.rest);
    this.normals = new Float32Array(this.rest.length);
    this.eyes = entry.eyes.map((eye) => new EyeShade(eye, this));
    this.still();
  }

  readShapes({ counts, rows, offsets }, read) {
    this.rows = read(rows);
    this.offsets = interleaved(read(offsets), 3);
    this.stops = Array.from(read(counts));
    for (let i = 1; i < this.stops.length; i++) this.stops[i] += this.stops[i - 1];
  }

  still() {
    const turns = new Float32Array(4 * this.joints.length);
    for (let j = 0; j < this.joints.length; j++) turns[4 * j] = 1;
    this.pose(new Float32Array(this.stops.length), turns);
  }

  pose(weights, turns) {
    this.bend(weights);
    for (const eye of this.eyes) eye.shade(this, turns);
    this.turn(turns);
    this.findNormals();
  }

  bend(weights) {
    const { positions, offsets, rows, stops } = this;
    positions.set(this.rest);
    for (let i = 0; i < stops.length; i++) {
      const weight = weights[i];
      if (weight <= LEAST) continue;
      for (let at = i ? stops[i - 1] : 0; at < stops[i]; at++) {
        const to = 3 * rows[at];
        positions[to] += weight * offsets[3 * at];
        positions[to + 1] += weight * offsets[3 * at + 1];
        positions[to + 2] += weight * offsets[3 * at + 2];
      }
    }
  }

  turn(turns) {
    const bent = this.positions.slice();
    placements(this.joints, turns).forEach(({ m, shift }, j) => {
      const { vertices, shares } = this.following[j];
      for (let i = 0; i < vertices.length; i++) {
        const at = 3 * vertices[i];
        const x = bent[at], y = bent[at + 1], z = bent[at + 2];
        for (let k = 0; k < 3; k++) {
          const there = m[3 * k] * x + m[3 * k + 1] * y + m[3 * k + 2] * z + shift[k];
          this.positions[at + k] += shares[i] * (there - bent[at + k]);
        }
      }
    });
  }

  findNormals() {
    const { positions: p, normals: n, faces } = this;
    n.fill(0);
    for (let f = 0; f < faces.length; f += 3) {
      const a = 3 * faces[f], b = 3 * faces[f + 1], c = 3 * faces[f + 2];
      const ux = p[b] - p[a], uy = p[b + 1] - p[a + 1], uz = p[b + 2] - p[a + 2];
      const vx = p[c] - p[a], vy = p[c + 1] - p[a + 1], vz = p[c + 2] - p[a + 2];
      const x = uy * vz - uz * vy, y = uz * vx - ux * vz, z = ux * vy - uy * vx;
      n[a] += x, n[a + 1] += y, n[a + 2] += z;
      n[b] += x, n[b + 1] += y, n[b + 2] += z;
      n[c] += x, n[c + 1] += y, n[c + 2] += z;
    }
    for (let v = 0; v < n.length; v += 3) {
      const length = Math.sqrt(n[v] * n[v] + n[v + 1] * n[v + 1] + n[v + 2] * n[v + 2]) || 1;
      n[v] /= length, n[v + 1] /= length, n[v + 2] /= length;
    }
  }
}

function followers(all, joint, count) {
  const vertices = [];
  for (let v = 0; v < count; v++) if (all[joint * count + v]) vertices.push(v);
  return { vertices: Uint32Array.from(vertices), shares: Float32Array.from(vertices, (v) => all[joint * count + v] / 65535) };
}
