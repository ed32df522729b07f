// The walls of a room out of focus, painted by direction (as visavis.view.render.backdrop does it).

import { BackSide, Color, Mesh, ShaderMaterial, SphereGeometry, Vector2, Vector4 } from "three";

const VERTEX = /* glsl */ `
varying vec3 vRay;

void main() {
  vRay = position;
  gl_Position = projectionMatrix * viewMatrix * modelMatrix * vec4(position, 1.0);
}`;

const fragment = (count) => /* glsl */ `
uniform float front, reach, dadoAt, blur, lampSize;
uniform vec3 above, below, dado, glow;
uniform vec2 lampAt;
uniform vec4 edges[${count}];
uniform vec3 colours[${count}];
uniform float shares[${count}];
varying vec3 vRay;

float softStep(float x) { return smoothstep(0.0, 1.0, x); }
float inside(float x) { return softStep(0.5 + x / (2.0 * blur)); }

void main() {
  vec3 ray = vec3(cos(front) * vRay.x - sin(front) * vRay.z, vRay.y, sin(front) * vRay.x + cos(front) * vRay.z);
  float azimuth = atan(-ray.x, -ray.z);
  float elevation = atan(ray.y, max(abs(ray.x), abs(ray.z)));
  vec3 colour = mix(below, above, softStep(0.5 + elevation / (2.0 * reach)));
  colour = mix(colour, dado, inside(dadoAt - elevation));
  for (int i = 0; i < ${count}; i++) {
    vec4 edge = edges[i];
    float across = inside(azimuth - edge.x) * inside(edge.y - azimuth);
    colour = mix(colour, colours[i], shares[i] * across * inside(elevation - edge.z) * inside(edge.w - elevation));
  }
  float away = length(vec2(azimuth, elevation) - lampAt) / lampSize;
  colour = mix(colour, glow, 0.6 * softStep(1.5 - away) + 0.35 / (1.0 + 0.25 * away * away));
  gl_FragColor = vec4(colour, 1.0);
}`;

export function wallsOf({ above, below, reach, dado, dadoAt, blur, panels, glow, lampAt, lampSize }, front) {
  const colour = (rgb) => new Color().setRGB(...rgb);
  const material = new ShaderMaterial({
    vertexShader: VERTEX,
    fragmentShader: fragment(panels.length),
    side: BackSide,
    depthWrite: false,
    uniforms: {
      front: { value: front }, reach: { value: reach }, dadoAt: { value: dadoAt }, blur: { value: blur },
      above: { value: colour(above) }, below: { value: colour(below) }, dado: { value: colour(dado) },
      glow: { value: colour(glow) }, lampAt: { value: new Vector2(...lampAt) }, lampSize: { value: lampSize },
      edges: { value: panels.map(({ edges }) => new Vector4(...edges)) },
      colours: { value: panels.map((panel) => colour(panel.colour)) },
      shares: { value: panels.map(({ share }) => share) },
    },
  });
  const walls = new Mesh(new SphereGeometry(20, 64, 48), material);
  walls.renderOrder = -1;
  walls.frustumCulled = false;
  return walls;
}
