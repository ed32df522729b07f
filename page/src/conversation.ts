// A conversation as the page lives it: what comes from the server on its clock, what goes up on the user's.

import { wayOf, type Way } from "./engine/way.ts";
import type { Status } from "./link.ts";
import { FACE_CHANNELS } from "./landmarks.ts";
import { once } from "./page.ts";
import { clip, Poser, type Face } from "./posing.ts";
import { NO_STATE, type Event, type Frames, type Settings, type Welcome } from "./protocol.ts";
import { Recording } from "./recording.ts";
import { seconds, Sound, type Heard } from "./sound.ts";
import { AgentClock, FRAME, FrameLine, RATE, UserClock, type Moment } from "./timeline.ts";

const TOLD_EVERY_MS = 250;
const PIECE = 1600; // samples of a recording that the agent says, sent at once
const AHEAD_S = 1.5; // of such a recording, sent ahead of its time
const [HURRY, WAIT] = [0.08, 0.35]; // of the picture's pace, to come nearer to the clock and to fall behind it
const BEAT_MS = 100;
const STALL_S = 0.25; // without a beat: the page was too busy to take what came
const DISPLAY_S = 0.016; // from drawing to the light of the screen, about

export interface Shown {
  face: Face;
  /** The conversation state's name, or "". */
  state: string;
  /** The sample of the agent's clock that is heard now. */
  stamp: number;
  values: Float32Array;
}

export interface Watcher {
  status(status: Status): void;
  welcome(welcome: Welcome): void;
  event(event: Event, stamp: number): void;
  note(text: string): void;
}

export class Conversation {
  readonly clock = new AgentClock();
  readonly line = new FrameLine();
  readonly sound = new Sound(this.clock);
  readonly user = new UserClock(seconds());
  readonly link: Way;
  recording: Recording | null = null;
  settings: Settings = { type: "settings" };
  /** Reaction latency of the last frames that had heard the user [s]: from the microphone to the screen. */
  reactions: number[] = [];
  /** How far the picture is behind the clock [s]. */
  lag = 0;
  counters = { frames: 0, late: 0, takenBack: 0 };
  readonly #watcher: Watcher;
  #poser = new Poser([]);
  #states: string[] = [];
  #later: { at: number; act: () => void }[] = [];
  #heard = -1;
  #speech: { next: number } | null = null;
  #streaming = 0;
  #beat = seconds();
  #shownAt = 0;

  constructor(url: string, watcher: Watcher, wishes: () => { avatar: string; face: boolean }) {
    this.#watcher = watcher;
    this.link = wayOf(url, this, () => {
      const { avatar, face } = wishes();
      return { avatar, face: face ? [...FACE_CHANNELS] : [] };
    });
    this.sound.onHeard = (heard) => this.#listen(heard);
    setInterval(() => this.#tell(), TOLD_EVERY_MS);
    setInterval(() => (this.#beat = seconds()), BEAT_MS);
  }

  /** What is seen and heard at this moment, and told since. */
  now(): Shown | null {
    const time = seconds();
    const stamp = this.clock.stampAt(time - this.#behind(time));
    while (this.#later[0] && this.#later[0].at <= stamp) this.#later.shift()!.act();
    const moment = this.clock.running ? this.line.at(stamp) : null;
    if (!moment) return null;
    this.#react(moment, time);
    this.recording?.goOn(stamp);
    return {
      face: this.#poser.pose(moment.values), stamp, values: moment.values,
      state: moment.state === NO_STATE ? "" : (this.#states[moment.state] ?? ""),
    };
  }

  /**
   * How far the picture is behind the clock [s]. While a voice is under way, as far as the voice is heard late: the way
   * that the echo canceller hears takes its time. While nobody is heard the picture need not wait, and reacts sooner.
   */
  #behind(time: number): number {
    const passed = Math.min(0.1, time - this.#shownAt);
    this.#shownAt = time;
    const wanted = this.sound.speaking ? this.sound.delay : 0;
    this.lag += clip(wanted - this.lag, -HURRY * passed, WAIT * passed);
    return this.lag;
  }

  #react(moment: Moment, time: number): void {
    if (moment.heard === null || moment.heard <= this.#heard || !this.sound.microphone) return;
    this.#heard = moment.heard;
    this.reactions.push(time + DISPLAY_S - this.user.timeOf(moment.heard));
    if (this.reactions.length > 100) this.reactions.shift();
  }

  #tell(): void {
    if (this.clock.running && !document.hidden) this.link.control({ type: "played", at: this.heardStamp });
  }

  /** The sample of the agent's clock that comes out of the loudspeaker now. */
  get heardStamp(): number {
    return Math.max(0, Math.round(this.clock.stampAt(seconds() - this.sound.delay)));
  }

  #listen({ samples, time }: Heard): void {
    // One stream as long as the microphone is on: pieces follow one another, whatever the clocks say.
    this.#speech ??= { next: this.user.stampAt(time) };
    const stamp = this.#speech.next;
    this.user.follow(stamp, time);
    this.#speech.next += samples.length;
    this.link.userSpeech(samples, stamp);
    this.recording?.user(samples, this.clock.stampAt(time - this.sound.delay));
  }

  /** The microphone was switched off; what comes next is another stream. */
  hush(): void {
    this.sound.deafen();
    this.#speech = null;
    this.reactions = [];
    this.#heard = -1;
  }

  see(values: Float32Array, time: number): void {
    this.link.userFace(values, FACE_CHANNELS.length, this.user.stampAt(time));
  }

  interrupt(): void {
    this.#streaming++;
    this.link.control({ type: "interrupt", at: this.heardStamp });
  }

  /** The agent says a recording: sent little by little, ahead of its time. */
  async sayRecording(samples: Int16Array): Promise<void> {
    const turn = ++this.#streaming;
    const begun = seconds();
    for (let at = 0; at < samples.length && turn === this.#streaming && this.link.open; at += PIECE) {
      this.link.agentSound(samples.slice(at, at + PIECE), RATE);
      const early = at / RATE - (seconds() - begun) - AHEAD_S;
      if (early > 0) await new Promise((done) => setTimeout(done, 1000 * early));
    }
  }

  record(): void {
    this.recording = new Recording(this.heardStamp, this.link.welcome?.channels ?? [], this.#states);
    this.recording.frames(this.line.after(this.heardStamp));
  }

  status(status: Status): void {
    this.#watcher.status(status);
  }

  welcome(welcome: Welcome): void {
    if (!welcome.resumed) this.#forget();
    this.#poser = new Poser(welcome.channels);
    this.#states = welcome.states;
    this.#watcher.welcome(welcome);
  }

  #forget(): void {
    this.clock.reset();
    this.line.clear();
    this.sound.takeBack(0);
    this.#later = [];
    this.#speech = null;
    this.#heard = -1;
    this.reactions = [];
  }

  frames({ count, width, heard, values, states }: Frames, stamp: number): void {
    if (!this.counters.frames) once("first frame");
    const frames = Array.from({ length: count }, (_, i): Moment => ({
      stamp: stamp + i * FRAME, heard, state: states[i]!, values: values.slice(i * width, (i + 1) * width),
    }));
    const time = seconds();
    this.clock.arrived(stamp, time, this.sound.speaking, time - this.#beat > STALL_S);
    if (stamp < this.clock.stampAt(seconds()) - FRAME) this.counters.late++;
    this.counters.frames += count;
    this.line.put(frames);
    this.recording?.frames(frames);
  }

  speech(samples: Int16Array, rate: number, stamp: number): void {
    this.sound.play(samples, rate, stamp);
    if (rate === RATE) this.recording?.agent(samples, stamp);
  }

  note(text: string): void {
    this.#watcher.note(text);
  }

  takeBack(stamp: number): void {
    this.counters.takenBack++;
    this.line.takeBack(Math.max(stamp, this.clock.stampAt(seconds() - this.lag)));
    this.sound.takeBack(stamp);
    this.recording?.takeBack(stamp);
    this.#later = this.#later.filter(({ at }) => at < stamp);
  }

  event(event: Event, stamp: number): void {
    if (event.type === "settings") this.settings = event;
    const act = (): void => this.#watcher.event(event, stamp);
    const timed = ["speech", "turn", "state", "interrupted"].includes(event.type);
    if (!timed) return act();
    this.#later.push({ at: stamp, act });
    this.#later.sort((a, b) => a.at - b.at);
  }
}
