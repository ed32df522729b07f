// Made by `python -m visavis.wire.server.typescript`; change the Python beside it, not this.
// docs/protocol.md tells what it means.

export const VERSION = 1;
export const PATH = "/live";
export const MOST_STAMP = 4294967295;
export const NOT_HEARD = 4294967295;
export const NO_STATE = 255;
export const LARGEST_MESSAGE = 262144;
export const MOST_FACES = 64;
export const LEAST_RATE = 8000;
export const MOST_RATE = 48000;
export const HEADER_BYTES = 12;
export const AUDIO_BYTES = 4;
export const FRAMES_BYTES = 8;
export const FACE_BYTES = 4;

/** What a message is; those below 64 go up to the server, the others down from it. */
export const Kind = {
  HELLO: 1,
  USER_SPEECH: 2,
  USER_FACE: 3,
  AGENT_SOUND: 4,
  CONTROL: 5,
  WELCOME: 65,
  AGENT_SPEECH: 66,
  FRAMES: 67,
  TAKE_BACK: 68,
  EVENT: 69,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Why the server closes a connection. */
export const Close = {
  NORMAL: 1000,
  GOING_AWAY: 1001,
  TOO_BIG: 1009,
  UNAUTHORISED: 4001,
  NO_HELLO: 4002,
  BAD_VERSION: 4003,
  TOO_MANY_ERRORS: 4004,
  TOO_FAST: 4005,
  IDLE: 4006,
  TIME_IS_UP: 4007,
  TAKEN_OVER: 4008,
  TOO_SLOW: 4009,
  BUSY: 4013,
  SERVER_ERROR: 4014,
} as const;
export type Close = (typeof Close)[keyof typeof Close];

/** What was wrong with a message, or what failed, told by an `error` event; the conversation goes on. */
export const Reason = {
  BAD_MESSAGE: 1,
  OUT_OF_ORDER: 2,
  BAD_RATE: 3,
  BAD_VALUE: 4,
  UNKNOWN: 5,
  NOT_POSSIBLE: 6,
  TOO_MUCH: 7,
  VOICE_AGENT: 8,
} as const;
export type Reason = (typeof Reason)[keyof typeof Reason];

/**
 * The first message of a client. session: token of a conversation to go on with; model, voice: to begin with;
 * face: names of the channels that USER_FACE will bring; avatar: any name, which the server gives back.
 */
export interface Hello {
  type: "hello";
  session?: string | null;
  model?: string | null;
  voice?: string | null;
  avatar?: string | null;
  face?: string[];
}

/** The agent says a line, after what it is saying already. voice: for this line. */
export interface Say {
  type: "say";
  text: string;
  voice?: string | null;
}

/** The agent says a recording that the server has, from `Welcome.samples`. */
export interface Sample {
  type: "sample";
  name: string;
}

/** The agent stops. at: the sample of the agent's clock that is played now, where known. */
export interface Interrupt {
  type: "interrupt";
  at?: number | null;
}

/** How far the client has played the agent's clock [samples]; say it some times a second. */
export interface Played {
  type: "played";
  at: number;
}

/**
 * What can be set at any time; what is left null stays. As an event: how all of it is set now.
 *
 * echo_s: the user's own voice is what the agent says, so much later [s]; 0: not. half_duplex: the user is not heard
 * while the agent speaks. barge_in: the user's voice interrupts the agent. voice_agent: it answers the user.
 */
export interface Settings {
  type: "settings";
  model?: string | null;
  voice?: string | null;
  avatar?: string | null;
  half_duplex?: boolean | null;
  barge_in?: boolean | null;
  echo_s?: number | null;
  voice_agent?: boolean | null;
  expressiveness?: number | null;
  reactivity?: number | null;
  head_motion?: number | null;
  blinks_per_minute?: number | null;
  eye_contact?: number | null;
}

/** A dial goes back to what it is when it is not set: `reactivity`, `blinks_per_minute`, `eye_contact`, ... */
export interface Default {
  type: "default";
  dial: string;
}

/** The channels that USER_FACE brings from now on; none: the user is not seen any more. */
export interface Face {
  type: "face";
  names: string[];
}

/** One nod, so deep [rad]. */
export interface Nod {
  type: "nod";
  size_rad?: number;
}

/** A new conversation with the same settings; nothing of the old one is remembered. The agent's clock goes on. */
export interface Reset {
  type: "reset";
}

/** Answered by `Pong` with the same number. */
export interface Ping {
  type: "ping";
  sent: number;
}

/** The conversation is over; it cannot be gone on with. */
export interface Bye {
  type: "bye";
}

/**
 * The server's answer to a hello; its header's stamp is the agent's clock now.
 *
 * session: the token to go on with it within `reconnect_s`. resumed: whether this goes on. space, channels, fps: of
 * FRAMES. rate: of AGENT_SPEECH [Hz]. states: names of the conversation states, by number. hop: frames that are
 * drawn together. dials: least and greatest value of each. voice_agent: whether there is one.
 */
export interface Welcome {
  type: "welcome";
  version: number;
  session: string;
  resumed: boolean;
  model: string;
  models: string[];
  space: string;
  channels: string[];
  fps: number;
  rate: number;
  hop: number;
  states: string[];
  voice: string;
  voices: string[];
  samples: string[];
  dials: Record<string, [number, number]>;
  voice_agent: boolean;
  reconnect_s: number;
  longest_s: number;
}

/** Somebody begins or stops to speak. who: `user` or `agent`. */
export interface Turn {
  type: "turn";
  who: string;
  speaking: boolean;
}

/** The agent's conversation state from the header's stamp on. */
export interface State {
  type: "state";
  name: string;
  number: number;
}

/** The agent's face did something that began at the header's stamp: `nod`, `shake`, `smile`, `brow raise`. */
export interface Reaction {
  type: "reaction";
  name: string;
}

/** The agent says something from the header's stamp up to the sample `end`; text: what, where that is known. */
export interface Speech {
  type: "speech";
  text: string;
  end: number;
}

/** What the user said, as a voice agent understood it. */
export interface Heard {
  type: "heard";
  text: string;
}

/** The agent was stopped at the header's stamp. by: `user`, who spoke over it, or `client`, which asked for it. */
export interface Interrupted {
  type: "interrupted";
  by: string;
}

/**
 * How late frames come, in parts [s], as a session tells it. reaction: how old the newest of the user's voice in a
 * frame was when it was sent, over the last seconds [s]. dropped: messages that the client was too slow for.
 */
export interface Latency {
  type: "latency";
  algorithmic_s: number;
  compute_p50_s: number;
  compute_p95_s: number;
  buffer_s: number;
  reaction_p50_s: number;
  reaction_p95_s: number;
  dropped: number;
}

/** What was wrong with a message of the client, by the name of a `Reason`; the conversation goes on. */
export interface Error {
  type: "error";
  reason: string;
  text: string;
}

/** The answer to `Ping`. */
export interface Pong {
  type: "pong";
  sent: number;
}

export type Control = Say | Sample | Interrupt | Played | Settings | Default | Face | Nod | Reset | Ping | Bye;

export type Event = Settings | Turn | State | Reaction | Speech | Heard | Interrupted | Latency | Error | Pong;

export interface Message {
  kind: Kind;
  sequence: number;
  stamp: number;
  body: DataView;
}

/** A message as it is sent: `body` is what `audioBody`, `faceBody` or `jsonBody` gave. */
export function encode(kind: Kind, sequence: number, stamp: number, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, kind);
  view.setUint8(1, VERSION);
  view.setUint32(4, sequence >>> 0, true);
  view.setUint32(8, stamp >>> 0, true);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

/** A message that came. Throws for another version and for what is no message. */
export function decode(data: ArrayBuffer): Message {
  const view = new DataView(data);
  if (data.byteLength < HEADER_BYTES) throw new Error(`a message of ${data.byteLength} bytes`);
  if (view.getUint8(1) !== VERSION) throw new Error(`version ${view.getUint8(1)} of the protocol, not ${VERSION}`);
  return {
    kind: view.getUint8(0) as Kind,
    sequence: view.getUint32(4, true),
    stamp: view.getUint32(8, true),
    body: new DataView(data, HEADER_BYTES),
  };
}

/** Body of USER_SPEECH and AGENT_SOUND. */
export function audioBody(samples: Int16Array, rate: number): Uint8Array {
  const bytes = new Uint8Array(AUDIO_BYTES + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, rate, true);
  samples.forEach((sample, number) => view.setInt16(AUDIO_BYTES + 2 * number, sample, true));
  return bytes;
}

/** Body of USER_FACE: frames one after another, each of the announced channels. */
export function faceBody(values: Float32Array, channels: number): Uint8Array {
  const bytes = new Uint8Array(FACE_BYTES + 4 * values.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, values.length / channels, true);
  view.setUint16(2, channels, true);
  values.forEach((value, number) => view.setFloat32(FACE_BYTES + 4 * number, value, true));
  return bytes;
}

/** Body of HELLO and CONTROL. */
export function jsonBody(record: Hello | Control): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}

export interface Audio {
  samples: Int16Array;
  rate: number;
}

/** What AGENT_SPEECH holds. */
export function parseAudio(body: DataView): Audio {
  const samples = new Int16Array((body.byteLength - AUDIO_BYTES) >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = body.getInt16(AUDIO_BYTES + 2 * i, true);
  return { samples, rate: body.getUint32(0, true) };
}

export interface Frames {
  count: number;
  width: number;
  /** The sample of the user's clock up to which these frames heard the user; null: nothing. */
  heard: number | null;
  /** Frame after frame, `width` channels each. */
  values: Float32Array;
  /** Numbers in `Welcome.states`, or NO_STATE. */
  states: Uint8Array;
}

/** What FRAMES holds. */
export function parseFrames(body: DataView): Frames {
  const count = body.getUint16(0, true);
  const width = body.getUint16(2, true);
  const heard = body.getUint32(4, true);
  const values = new Float32Array(count * width);
  for (let i = 0; i < values.length; i++) values[i] = body.getFloat32(FRAMES_BYTES + 4 * i, true);
  const states = new Uint8Array(body.buffer, body.byteOffset + FRAMES_BYTES + 4 * values.length, count).slice();
  return { count, width, heard: heard === NOT_HEARD ? null : heard, values, states };
}

/** What WELCOME and EVENT hold. */
export function parseJson(body: DataView): Welcome | Event {
  return JSON.parse(new TextDecoder().decode(body)) as Welcome | Event;
}
