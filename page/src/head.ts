// A head on its card: one of the project's own people, drawn as the player draws them.

import { Figure } from "../../player/src/figure.js";
import { Portrait } from "../../player/src/portrait.js";
import { unpackBytes } from "../../player/src/unpack.js";
import type { WebGLRenderer } from "three";
import { ARKIT_WEIGHTS } from "./arkit.ts";
import { fetchHead } from "./heads.ts";
import { settle, type Face } from "./posing.ts";
import type { Stage } from "./stage.ts";

/** What a card shows. */
export interface Head {
  readonly name: string;
  /** A colour of CSS that stands for this person. */
  readonly accent: string;
  pose(face: Face): void;
  draw(renderer: WebGLRenderer, around: DOMRect): void;
  resetView(): void;
  dispose(): void;
}

interface Packed {
  name: string;
  accent: number[];
  shapes: string[];
  figure: object;
}

export async function loadOwn(name: string, panel: HTMLElement, stage: Stage): Promise<Head> {
  const { header, read } = await unpackBytes(await fetchHead(name));
  return new OwnHead(header as Packed, read, panel, stage);
}

class OwnHead implements Head {
  readonly name: string;
  readonly accent: string;
  readonly #portrait: Portrait;
  readonly #order: number[];
  readonly #joints: string[];
  readonly #acting: { weights: Float32Array; turns: Float32Array };

  constructor({ name, accent, shapes, figure }: Packed, read: unknown, panel: HTMLElement, { changed, detail }: Stage) {
    this.name = name[0]!.toUpperCase() + name.slice(1);
    this.accent = `rgb(${accent.map((value) => Math.round(255 * value)).join(" ")})`;
    const built = new Figure(figure, read);
    this.#portrait = new Portrait(built, 0, panel, changed, detail);
    this.#order = shapes.map((shape) => ARKIT_WEIGHTS.indexOf(shape));
    this.#joints = (built.joints as { name: string }[]).map((joint) => joint.name);
    this.#acting = { weights: new Float32Array(shapes.length), turns: new Float32Array(4 * this.#joints.length) };
    this.#joints.forEach((_, j) => (this.#acting.turns[4 * j] = 1));
  }

  pose({ weights, turns }: Face): void {
    const held = settle(weights.slice());
    this.#order.forEach((from, to) => (this.#acting.weights[to] = from < 0 ? 0 : held[from]!));
    this.#joints.forEach((name, j) => {
      const turn = turns[name as keyof typeof turns];
      if (turn) this.#acting.turns.set(turn, 4 * j);
    });
    this.#portrait.pose([{ acting: this.#acting }]);
  }

  draw(renderer: WebGLRenderer, around: DOMRect): void {
    this.#portrait.draw(renderer, around);
  }

  resetView(): void {
    this.#portrait.reset();
  }

  dispose(): void {
    this.#portrait.controls.dispose();
    this.#portrait.geometry.dispose();
    this.#portrait.material.dispose();
    this.#portrait.shadow.target.dispose();
  }
}
