// The user's own head where no camera sees it: lips by loudness, blinks, a little sway. It says nothing of the user.

import { AT, ARKIT_WEIGHTS } from "./arkit.ts";
import { jointTurn, type Face } from "./posing.ts";
import { calm } from "./page.ts";

export class OwnFace {
  #jaw = 0;
  #blink = 2; // [s] of the next one

  /** loudness 0 to 1, time [s] */
  at(loudness: number, time: number): Face {
    const open = Math.max(0, loudness - 0.25) * 0.7;
    this.#jaw += (open - this.#jaw) * (open > this.#jaw ? 0.5 : 0.25);
    const weights = new Float32Array(ARKIT_WEIGHTS.length);
    weights[AT.JawOpen!] = this.#jaw;
    weights[AT.MouthFunnel!] = 0.3 * this.#jaw;
    weights[AT.MouthSmileLeft!] = weights[AT.MouthSmileRight!] = 0.12;
    const still = jointTurn(0, 0, 0);
    if (calm.matches) return { weights, turns: { Head: still, LeftEye: still, RightEye: still } };
    if (time > this.#blink + 0.2) this.#blink = time + 2 + 4 * Math.random();
    const shut = Math.max(0, 1 - Math.abs(time - this.#blink - 0.1) / 0.09);
    weights[AT.EyeBlinkLeft!] = weights[AT.EyeBlinkRight!] = shut;
    const sway = (pace: number, size: number): number => size * Math.sin(time * pace) * Math.sin(0.37 * time * pace + 1);
    return { weights, turns: { Head: jointTurn(sway(0.9, 0.06), sway(1.3, 0.03), sway(0.7, 0.03)), LeftEye: still, RightEye: still } };
  }
}
