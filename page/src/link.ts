// The connection: says hello, sends, tells what comes, and comes back when it is lost (docs/protocol.md).

import * as protocol from "./protocol.ts";
import { Close, Kind, type Control, type Event, type Frames, type Hello, type Welcome } from "./protocol.ts";

export interface Listener {
  welcome(welcome: Welcome, stamp: number): void;
  speech(samples: Int16Array, rate: number, stamp: number): void;
  frames(frames: Frames, stamp: number): void;
  takeBack(stamp: number): void;
  event(event: Event, stamp: number): void;
  /** What goes on meanwhile; "": nothing any more. */
  note(text: string): void;
  /** The connection changed. */
  status(status: Status): void;
}

export type Status =
  | { kind: "connecting" }
  | { kind: "open"; resumed: boolean }
  | { kind: "waiting"; seconds: number; why: string }
  | { kind: "over"; why: string; again: string };

const BUSY_S = 10;
const LONGEST_WAIT_S = 8;
const MOST_UNSENT = 256_000; // bytes; sound is left out beyond

/** What the end of a connection means to the one who sits before the page. */
const ENDS: Record<number, { why: string; again: string } | undefined> = {
  [Close.NORMAL]: { why: "The conversation is over.", again: "Start another" },
  [Close.UNAUTHORISED]: {
    why: "This server wants a token. Open the whole address that `visavis serve` printed, with ?token= at its end.", again: "Try again",
  },
  [Close.BAD_VERSION]: { why: "The server was updated. Load the page again.", again: "Try again" },
  [Close.NO_HELLO]: { why: "The server did not understand this page. Load it again.", again: "Try again" },
  [Close.IDLE]: { why: "Nobody said anything for long, so the conversation ended.", again: "Start another" },
  [Close.TIME_IS_UP]: { why: "The longest time of a conversation is over.", again: "Start another" },
  [Close.TAKEN_OVER]: { why: "This conversation goes on in another tab.", again: "Go on here" },
  [Close.SERVER_ERROR]: { why: "The conversation failed on the server.", again: "Start another" },
};
const STARTS_ANEW: readonly number[] = [Close.NORMAL, Close.IDLE, Close.TIME_IS_UP, Close.SERVER_ERROR, Close.GOING_AWAY];

export class Link {
  welcome: Welcome | null = null;
  #socket: WebSocket | null = null;
  #sequence = 0;
  #tries = 0;
  #token: string | null = null;
  #timer = 0;
  readonly #url: string;
  readonly #listener: Listener;
  readonly #hello: () => Omit<Hello, "type" | "session">;

  constructor(url: string, listener: Listener, hello: () => Omit<Hello, "type" | "session">) {
    [this.#url, this.#listener, this.#hello] = [url, listener, hello];
  }

  get open(): boolean {
    return this.welcome !== null && this.#socket?.readyState === WebSocket.OPEN;
  }

  connect(): void {
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#listener.status({ kind: "connecting" });
    const socket = new WebSocket(this.#url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#sequence = 0;
    socket.onopen = () => {
      const hello: Hello = { type: "hello", session: this.#token, ...this.#hello() };
      this.#send(Kind.HELLO, 0, protocol.jsonBody(hello));
    };
    socket.onmessage = ({ data }) => socket === this.#socket && this.#take(data as ArrayBuffer);
    socket.onclose = ({ code, reason }) => socket === this.#socket && this.#closed(code, reason);
  }

  control(record: Control): void {
    if (this.open) this.#send(Kind.CONTROL, 0, protocol.jsonBody(record));
  }

  userSpeech(samples: Int16Array, stamp: number): void {
    this.#stream(Kind.USER_SPEECH, stamp, protocol.audioBody(samples, 16000));
  }

  userFace(values: Float32Array, channels: number, stamp: number): void {
    this.#stream(Kind.USER_FACE, stamp, protocol.faceBody(values, channels));
  }

  /** Sound that the agent is to say, at most 2 s at once. */
  agentSound(samples: Int16Array, rate: number): void {
    if (this.open) this.#send(Kind.AGENT_SOUND, 0, protocol.audioBody(samples, rate));
  }

  #stream(kind: Kind, stamp: number, body: Uint8Array): void {
    if (this.open && this.#socket!.bufferedAmount < MOST_UNSENT) this.#send(kind, stamp, body);
  }

  #send(kind: Kind, stamp: number, body: Uint8Array): void {
    this.#socket!.send(protocol.encode(kind, this.#sequence++, stamp, body));
  }

  #take(data: ArrayBuffer): void {
    const { kind, stamp, body } = protocol.decode(data);
    if (kind === Kind.FRAMES) return this.#listener.frames(protocol.parseFrames(body), stamp);
    if (kind === Kind.TAKE_BACK) return this.#listener.takeBack(stamp);
    if (kind === Kind.AGENT_SPEECH) {
      const { samples, rate } = protocol.parseAudio(body);
      return this.#listener.speech(samples, rate, stamp);
    }
    const told = protocol.parseJson(body);
    if (told.type !== "welcome") return this.#listener.event(told, stamp);
    this.welcome = told;
    this.#token = told.session;
    this.#tries = 0;
    this.#listener.status({ kind: "open", resumed: told.resumed });
    this.#listener.welcome(told, stamp);
    return undefined;
  }

  #closed(code: number, reason: string): void {
    const lasted = this.welcome !== null;
    this.welcome = null;
    if (STARTS_ANEW.includes(code)) this.#token = null;
    const end = ENDS[code];
    if (end) return this.#listener.status({ kind: "over", ...end });
    const pause = Math.min(LONGEST_WAIT_S, 0.5 * 2 ** this.#tries++) * (0.8 + 0.4 * Math.random());
    const seconds = code === Close.BUSY ? BUSY_S : pause;
    const why = code === Close.BUSY ? "The server is busy with as many conversations as it can have." : reason || (lasted ? "The connection was lost." : "The server does not answer.");
    this.#listener.status({ kind: "waiting", seconds, why });
    this.#timer = window.setTimeout(() => this.connect(), 1000 * seconds);
  }
}
