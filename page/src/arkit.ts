// The 52 ARKit weights in the order of a Live Link Face CSV, and the spellings that other programs use for them.

const EYE = ["EyeBlink", "EyeLookDown", "EyeLookIn", "EyeLookOut", "EyeLookUp", "EyeSquint", "EyeWide"];
const both = (...names: string[]): string[] => names.flatMap((name) => [`${name}Left`, `${name}Right`]);

export const ARKIT_WEIGHTS: readonly string[] = [
  ...["Left", "Right"].flatMap((side) => EYE.map((shape) => shape + side)),
  "JawForward", "JawRight", "JawLeft", "JawOpen", "MouthClose", "MouthFunnel", "MouthPucker", "MouthRight", "MouthLeft",
  ...both("MouthSmile", "MouthFrown", "MouthDimple", "MouthStretch"),
  "MouthRollLower", "MouthRollUpper", "MouthShrugLower", "MouthShrugUpper",
  ...both("MouthPress", "MouthLowerDown", "MouthUpperUp", "BrowDown"),
  "BrowInnerUp", ...both("BrowOuterUp"), "CheekPuff", ...both("CheekSquint", "NoseSneer"), "TongueOut",
];

export const ANGLES: readonly string[] = ["Head", "LeftEye", "RightEye"].flatMap((bone) =>
  ["Yaw", "Pitch", "Roll"].map((turn) => bone + turn),
);

/** All 61 columns of a Live Link Face CSV. */
export const ARKIT61: readonly string[] = [...ARKIT_WEIGHTS, ...ANGLES];

/** Where each weight stands. */
export const AT: Readonly<Record<string, number>> = Object.fromEntries(ARKIT_WEIGHTS.map((name, i) => [name, i]));

const folded = (spelling: string): string => spelling.toLowerCase().replace(/[^a-z0-9]/g, "");

const SPELLINGS: ReadonlyMap<string, number> = new Map(
  ARKIT_WEIGHTS.flatMap((name, i): [string, number][] => {
    const side = ["Left", "Right"].find((one) => name.endsWith(one));
    if (!side) return [name, ...["left", "l", "right", "r"].map((end) => name + end)].map((form) => [folded(form), i]);
    const stem = folded(name.slice(0, -side.length));
    return [side.toLowerCase(), side[0]!.toLowerCase()].flatMap((end): [string, number][] => [[stem + end, i], [end + stem, i]]);
  }),
);

/** The weight that a shape's name means (`eyeBlink_L`, `Face.jawOpen`), or -1. */
export function weightNamed(spelling: string): number {
  const parts = spelling.slice(-200).split(/[.:|/]/);
  for (let start = 0; start < parts.length; start++) {
    const found = SPELLINGS.get(folded(parts.slice(start).join("")));
    if (found !== undefined) return found;
  }
  return -1;
}
