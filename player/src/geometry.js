// A figure as a graphics card takes it.

import { BufferAttribute, BufferGeometry, DynamicDrawUsage, Sphere, Vector3 } from "three";

export function geometryOf(figure) {
  const geometry = new BufferGeometry();
  const moving = (array, size, normalised) =>
    new BufferAttribute(array, size, normalised).setUsage(DynamicDrawUsage);
  geometry.setIndex(new BufferAttribute(figure.faces, 1));
  geometry.setAttribute("position", moving(figure.positions, 3, false));
  geometry.setAttribute("normal", moving(figure.normals, 3, false));
  geometry.setAttribute("openness", moving(figure.openness, 1, true));
  geometry.setAttribute("colour", new BufferAttribute(figure.colours, 3, true));
  geometry.setAttribute("gloss", new BufferAttribute(figure.gloss, 3, true));
  return geometry;
}

// To be called when the figure has moved.
export function renew(geometry) {
  for (const name of ["position", "normal", "openness"]) geometry.attributes[name].needsUpdate = true;
}

// A sphere that holds the head as it moves, and what can throw a shadow on it.
export function roundAbout(figure) {
  const points = [];
  for (let v = 0; v < figure.rest.length; v += 3) {
    const y = figure.rest[v + 1] - figure.middle;
    if (Math.abs(y) < figure.span) points.push(new Vector3().fromArray(figure.rest, v));
  }
  const sphere = new Sphere().setFromPoints(points);
  sphere.radius *= 1.15;
  return sphere;
}
