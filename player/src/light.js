// The light of films (visavis.view.raster and render.lighting), for a graphics card.

import { DoubleSide, Matrix4, ShaderMaterial, Vector3 } from "three";

// Towards key, fill and rim light, in the axes of the camera that they belong to.
export const DIRECTIONS = [[-0.5, 0.62, 0.75], [0.85, 0.15, 0.55], [0.55, 0.45, -0.75]].map((way) => new Vector3(...way).normalize());
const WINDOW = new Vector3(-0.2, 0.19, 1).normalize();

// Centroid: where a thin triangle covers but a corner of a pixel, its light is not that of a point far outside of it.
const VERTEX = /* glsl */ `
attribute vec3 colour;
attribute vec3 gloss;
attribute float openness;
uniform mat4 shadowMatrix;
centroid varying vec3 vColour, vGloss, vNormal, vAway, vShadow;
centroid varying float vOpenness;

void main() {
  vColour = colour * colour;
  vGloss = gloss;
  vOpenness = openness;
  vec4 place = modelMatrix * vec4(position, 1.0);
  vNormal = mat3(modelMatrix) * normal;
  vAway = cameraPosition - place.xyz;
  vShadow = (shadowMatrix * vec4(position, 1.0)).xyz;
  gl_Position = projectionMatrix * viewMatrix * place;
}`;

const FRAGMENT = /* glsl */ `
precision highp sampler2DShadow;
uniform sampler2DShadow shadowMap;
uniform float shadowDepth, shadowRadius, share;
uniform vec3 glint, key, fill, rim;
centroid varying vec3 vColour, vGloss, vNormal, vAway, vShadow;
centroid varying float vOpenness;

const vec3 KEY_COLOUR = vec3(1.00, 0.95, 0.89) * 0.98;
const vec3 FILL_COLOUR = vec3(0.72, 0.84, 1.00) * 0.30;
const vec3 RIM_COLOUR = vec3(1.00, 0.96, 0.92) * 0.75;
const vec3 SKY = vec3(0.62, 0.66, 0.74) * 0.60, GROUND = vec3(0.58, 0.47, 0.42) * 0.42;
const vec3 WRAP = vec3(0.42, 0.20, 0.14);

float reached(vec3 n) {
  if (any(lessThan(vShadow, vec3(0.0))) || any(greaterThan(vShadow, vec3(1.0)))) return 1.0;
  float lift = 0.0034 + 0.005 * clamp(1.2 - dot(n, key), 0.0, 1.2);
  float free = 0.0;
  for (int i = 0; i < TAPS; i++) {
    float turn = 2.39996 * float(i), away = shadowRadius * sqrt((float(i) + 0.5) / float(TAPS));
    free += texture(shadowMap, vShadow + vec3(away * cos(turn), away * sin(turn), -lift / shadowDepth));
  }
  float ending = smoothstep(0.0, 1.0, (dot(n, key) + 0.05) / 0.35);
  return 1.0 + 0.8 * ending * (free / float(TAPS) - 1.0);
}

void main() {
  vec3 n = normalize(vNormal), away = normalize(vAway);
  float shine = vGloss.x, sharp = vGloss.y, soft = vGloss.z;
  bool wet = sharp > 0.9;
  float arrives = wet ? 1.0 : reached(n);
  float edge = 1.0 - clamp(dot(n, away), 0.0, 1.0);
  edge *= edge;

  float power = (8.0 + 260.0 * sharp * sharp) * (wet ? 1.3 : 1.0);
  float facing = dot(n, wet ? glint : normalize(key + away));
  float besides = dot(n, normalize(fill + away));
  float gloss = facing > 0.5 ? pow(facing, power) * arrives : 0.0;
  gloss += besides > 0.5 ? 0.3 * pow(besides, power) * vOpenness : 0.0;
  if (wet) gloss = min(1.0, 1.8 * gloss);
  gloss *= share * shine * (1.0 + 4.0 * edge * edge * (1.0 - sharp));

  vec3 wrap = soft * WRAP, reddening = soft * vec3(1.0, 0.0, 0.0);
  vec3 direct = max(vec3(0.0), (dot(n, key) + wrap) / (1.0 + wrap));
  vec3 shadow = arrives + 0.9 * reddening * (sqrt(arrives) - arrives);
  vec3 dark = vOpenness + 0.75 * reddening * (sqrt(vOpenness) - vOpenness);
  vec3 ambient = dark * mix(GROUND, SKY, 0.5 + 0.5 * n.y);
  vec3 colour = share * vColour * (KEY_COLOUR * direct * shadow + ambient + FILL_COLOUR * max(0.0, dot(n, fill)) * dark);
  colour += RIM_COLOUR * max(0.0, dot(n, rim)) * edge * vOpenness * share * (0.3 * soft + 0.12 + vColour);
  colour += gloss * (KEY_COLOUR * 0.6 + 0.25);
  colour /= 1.0 + 0.18 * colour * colour;
  gl_FragColor = vec4(sqrt(max(vec3(0.0), colour)), 1.0);
}`;

export function lit(shadow) {
  return new ShaderMaterial({
    defines: { TAPS: shadow.taps },
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    side: DoubleSide,
    uniforms: {
      shadowMap: { value: shadow.map },
      shadowMatrix: { value: new Matrix4().copy(shadow.matrix) },
      shadowDepth: { value: shadow.depth },
      shadowRadius: { value: shadow.radius },
      glint: { value: new Vector3() },
      key: { value: DIRECTIONS[0].clone() },
      fill: { value: DIRECTIONS[1].clone() },
      rim: { value: DIRECTIONS[2].clone() },
      share: { value: 1 }, // of the light that colours give back
    },
  });
}

// Eyes mirror a window that stands where the camera is.
export function glintFor(camera, material) {
  material.uniforms.glint.value.copy(WINDOW).applyQuaternion(camera.quaternion);
}
