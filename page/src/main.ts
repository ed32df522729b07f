// The page as a whole.

import "./style.css";
import { Camera } from "./camera.ts";
import { Captions, Card } from "./cards.ts";
import { Conversation } from "./conversation.ts";
import { Drawer } from "./drawer.ts";
import { fetchHead } from "./heads.ts";
import { FACE_CHANNELS } from "./landmarks.ts";
import type { Status } from "./link.ts";
import { calm, find, once, options, press, say } from "./page.ts";
import { Poser, type Face } from "./posing.ts";
import { PATH, type Event, type Welcome } from "./protocol.ts";
import { download, type Recording } from "./recording.ts";
import { OwnFace } from "./self.ts";
import { seconds, Sound } from "./sound.ts";
import type { Stage } from "./stage.ts";

const PEOPLE = ["amber", "umber", "olive"];
const [AGENT, USER] = [0, 1];
const MOST_SOUND_BYTES = 60_000_000;
const CAMERA_HOLDS_S = 0.5;
const BEGINNING_MS = 800;
const LONGEST_PLAYER_S = 600;
const LOUD = 0.35;
const TIGHT_MS = 9; // of work for a picture; beyond, pictures are left out

// All that draws is fetched while the conversation begins.
const figures = import("./figures.ts");
const begun = ["amber", "umber"] as [string, string];
begun.forEach(fetchHead);

const cards = [new Card("agent"), new Card("user")] as const;
const captions = new Captions();
const own = new OwnFace();
const seen = { poser: new Poser(FACE_CHANNELS), face: null as Face | null, time: -Infinity };
const chosen = { heads: begun };
const spark: number[] = [];
const told = { userSpeaks: false, agentSpeaks: false };
let problem = 0;

const url = new URL(PATH.slice(1), location.href);
url.search = location.search; // the token
url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
let begin = (): void => undefined;
const frames = new Promise<void>((done) => (begin = done));
const talk = new Conversation(url.href, { status, welcome, event, note }, () => ({ avatar: chosen.heads[AGENT], face: camera.on }));
const camera = new Camera(find<HTMLVideoElement>("#video"), (values, time) => {
  Object.assign(seen, { face: seen.poser.pose(values), time });
  talk.see(values, time);
});
const drawer = new Drawer(talk);
let stage: Stage | null = null;

async function show(): Promise<void> {
  try {
    // Beginning to draw keeps a browser busy, for long without a graphics card: the conversation begins before.
    const [{ Stage }] = await Promise.all([figures, Promise.race([frames, pause(BEGINNING_MS)])]);
    stage = new Stage(find<HTMLCanvasElement>("#picture"), cards.map(({ view }) => view));
  } catch (error) {
    return notice(`This browser shows no 3-D here (${message(error)}). You can still talk and listen.`);
  }
  // One after the other: the first is seen while the second is unpacked.
  for (const place of [AGENT, USER]) await setHead(place, chosen.heads[place]!);
}

async function setHead(place: number, name: string): Promise<void> {
  if (!stage) return;
  chosen.heads[place] = name;
  const { loadOwn } = await figures;
  const head = await loadOwn(name, cards[place]!.view, stage);
  stage.set(place, head);
  if (place === AGENT) cards[AGENT].name(head.name);
}

async function setGuest(place: number, file: File): Promise<void> {
  if (!stage) return;
  try {
    const { loadGuest } = await import("./guest.ts");
    const head = await loadGuest(file, cards[place]!.view, stage.changed);
    stage.set(place, head);
    if (place === AGENT) cards[AGENT].name(head.name);
    options(find(place === AGENT ? "#head-agent" : "#head-user"), [["", head.name], ...PEOPLE.map((name) => [name, capital(name)] as const)], "");
  } catch (error) {
    notice(`This head cannot be shown: ${message(error)}.`);
  }
}

// ---------------------------------------------------------------- what the server tells

function status(now: Status): void {
  const line = find("#link");
  line.className = now.kind;
  if (now.kind === "open") {
    hideNotice();
    return say(find("span", line), talk.link.welcome?.model ?? "connected");
  }
  say(find("span", line), now.kind === "connecting" ? "connecting" : now.kind === "waiting" ? "connecting again" : "ended");
  if (now.kind === "waiting") notice(`${sentence(now.why)} Trying again in ${Math.ceil(now.seconds)} s.`, "Try now", () => talk.link.connect());
  if (now.kind === "over") notice(sentence(now.why), now.again, () => talk.link.connect());
  return undefined;
}

function welcome(welcome: Welcome): void {
  say(find("#link span"), welcome.model);
  drawer.welcome(welcome);
  const samples = find<HTMLSelectElement>("#samples");
  options(samples, [["", "Samples"], ...welcome.samples.map((name) => [name, name] as const)], "");
  samples.hidden = !welcome.samples.length;
  find<HTMLInputElement>("#text").placeholder = `Type what ${stage?.heads[AGENT]?.name ?? "it"} should say …`;
}

function event(event: Event, _stamp: number): void {
  if (event.type === "settings") drawer.settings(event);
  else if (event.type === "turn") {
    told[event.who === "user" ? "userSpeaks" : "agentSpeaks"] = event.speaking;
  } else if (event.type === "reaction") captions.react(event.name);
  else if (event.type === "speech") captions.say(event.text, event.end);
  else if (event.type === "interrupted") {
    captions.say("", 0);
    captions.react(event.by === "user" ? "you broke in" : "stopped");
  } else if (event.type === "latency") drawer.latency = event;
  else if (event.type === "heard") captions.hear(event.text);
  else if (event.type === "error") notice(sentence(event.text), undefined, undefined, 5);
}

function note(text: string): void {
  if (text) notice(text);
  else hideNotice();
}

// ---------------------------------------------------------------- every picture

/** Where a picture takes long, fewer are drawn, and the user's own head moves in every second of them. */
const effort = { mean: 0, left: 0, odd: false };

function tick(now: number): void {
  requestAnimationFrame(tick);
  if (effort.left-- > 0) return;
  const begun = performance.now();
  picture(now);
  effort.mean += 0.1 * (performance.now() - begun - effort.mean);
  effort.left = Math.min(2, Math.floor(effort.mean / TIGHT_MS));
  effort.odd = !effort.odd;
}

function picture(now: number): void {
  const time = seconds();
  const shown = talk.now();
  if (talk.counters.frames) begin();
  if (shown) {
    stage?.pose(AGENT, shown.face);
    captions.show(shown.state || guessed());
    captions.at(shown.stamp);
  }
  const loudness = talk.sound.microphoneLevel;
  const seenNow = camera.on && seen.face && time - seen.time < CAMERA_HOLDS_S;
  const user = seenNow ? seen.face! : own.at(loudness, time);
  if (effort.mean < TIGHT_MS || effort.odd) stage?.pose(USER, user);
  if (shown) talk.recording?.userFace(user, shown.stamp);
  cards[AGENT].level(talk.sound.voiceLevel, told.agentSpeaks || talk.sound.voiceLevel > LOUD);
  cards[USER].level(loudness, Boolean(talk.sound.microphone) && (told.userSpeaks || loudness > 1.5 * LOUD));
  watch.picture?.(shown?.stamp ?? -1, shown?.values ?? null, time);
  stage?.draw(now);
  if (shown && stage?.heads[AGENT]) once("first picture");
}

/** Of a model that tells no states. */
function guessed(): string {
  return told.agentSpeaks || talk.sound.speaking ? "speaking" : told.userSpeaks ? "listening" : "waiting";
}

function slowly(): void {
  const { reactions, sound, counters } = talk;
  const recent = reactions.slice(-25).sort((a, b) => a - b);
  const middle = recent[recent.length >> 1];
  say(find("#latency b"), middle === undefined ? "–" : String(Math.round(1000 * middle)));
  if (middle !== undefined) spark.push(middle);
  if (spark.length > 30) spark.shift();
  const most = Math.max(0.3, ...spark);
  find("#latency polyline").setAttribute("points", spark.map((value, i) => `${2 * i},${(18 - (16 * value) / most).toFixed(1)}`).join(" "));
  cards[AGENT].doing(told.agentSpeaks || sound.speaking ? "speaking" : told.userSpeaks ? "listening" : "");
  if (!camera.on) cards[USER].doing(!sound.microphone ? "microphone off" : told.userSpeaks ? "speaking" : "microphone on");
  else cards[USER].doing(camera.reader.learning ? "learning your calm face" : camera.seen ? "seen by the camera" : "no face in the picture");
  const chip = find("#seen");
  chip.hidden = true;
  if (talk.recording) say(find("#record span"), clockTime(talk.recording.seconds));
  if (talk.recording?.full) record();
  const ms = (value: number | null | undefined): string => (value === null || value === undefined ? "–" : `${Math.round(1000 * value)} ms`);
  const server = drawer.latency;
  drawer.parts([
    ["from your voice to the face you see", ms(middle)],
    ["— the model waits", ms(server?.algorithmic_s)],
    ["— it computes (95 %)", ms(server?.compute_p95_s)],
    ["— at the server (median, 95 %)", `${ms(server?.reaction_p50_s)}, ${ms(server?.reaction_p95_s)}`],
    ["from computing the sound to hearing it", ms(sound.on ? sound.delay : null)],
    ["— through the loop-back", sound.path === "loop-back" ? ms(sound.loopDelay) : "–"],
    ["the picture waits for the sound", ms(talk.lag)],
    ["sound goes by", sound.path],
    ["pictures a second", (stage?.rate ?? 0).toFixed(0)],
    ["frames that came late", `${counters.late} of ${counters.frames}`],
    ["left out by the server", String(server?.dropped ?? 0)],
    ...(sound.trouble ? ([["no loop-back", sound.trouble]] as const) : []),
    ...(camera.on ? ([["camera: landmarks take", `${camera.cost.toFixed(0)} ms`]] as const) : []),
  ]);
}

// ---------------------------------------------------------------- what the user does

async function microphone(): Promise<void> {
  const invite = find("#invite");
  if (talk.sound.microphone) {
    talk.hush();
    return press(find("#mic"), false);
  }
  try {
    await talk.sound.listen();
    invite.hidden = true;
    press(find("#mic"), true);
    talk.sound.microphone!.getAudioTracks()[0]!.onended = () => {
      talk.hush();
      press(find("#mic"), false);
      ask("The microphone is gone", "It was unplugged or taken by another program.");
    };
  } catch (error) {
    ask(...microphoneTrouble(error));
  }
  return undefined;
}

function ask(title: string, text: string): void {
  const invite = find("#invite");
  invite.hidden = false;
  invite.classList.add("problem");
  say(find("h2", invite), title);
  say(find("p", invite), text);
}

function microphoneTrouble(error: unknown): [string, string] {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return ["The microphone is blocked", "Allow it for this page: by the sign beside the address, then press the button again."];
  if (name === "NotFoundError") return ["There is no microphone", "Plug one in and press the button, or type a line below: the face answers with its lips."];
  if (name === "NotReadableError") return ["The microphone is in use", "Another program holds it. Close that one and press the button again."];
  if (name === "SecurityError") return ["No microphone here", "Browsers give one to pages of localhost or https only. Open the page there, or type a line below."];
  return ["The microphone does not work", `${message(error)}. You can type a line below.`];
}

async function cameraOnOff(): Promise<void> {
  const button = find("#camera");
  if (camera.on) {
    camera.stop();
    talk.link.control({ type: "face", names: [] });
  } else {
    try {
      say(find("span", button), "loading …");
      await camera.start();
      talk.link.control({ type: "face", names: [...FACE_CHANNELS] });
    } catch (error) {
      const refused = error instanceof DOMException && error.name === "NotAllowedError";
      notice(refused ? "The camera is blocked. Allow it by the sign beside the address; all works without it, too." : `The camera does not work: ${message(error)}. All works without it, too.`, undefined, undefined, 6);
    }
    say(find("span", button), "Camera");
  }
  press(button, camera.on);
  find("#video").hidden = find("#calibrate").hidden = !camera.on;
}

async function sayLine(): Promise<void> {
  const line = find<HTMLInputElement>("#text");
  const text = line.value.trim();
  if (!text) return line.focus();
  line.value = "";
  await talk.sound.start();
  talk.link.control({ type: "say", text });
}

async function sayFile(file: File): Promise<void> {
  if (file.size > MOST_SOUND_BYTES) return notice(`${file.name} has ${Math.round(file.size / 1e6)} MB, at most 60.`, undefined, undefined, 6);
  try {
    await talk.sound.start();
    await talk.sayRecording(await Sound.read(file));
  } catch (error) {
    notice(`${file.name} is no sound that this browser reads (${message(error)}).`, undefined, undefined, 6);
  }
}

function record(): void {
  const button = find("#record");
  const { recording } = talk;
  press(button, !recording);
  if (!recording) return talk.record();
  talk.recording = null;
  say(find("span", button), "Record");
  say(find("#saved-length"), `${clockTime(recording.seconds)}.`);
  find("#save-wav").onclick = () => download(recording.wav(), "talk.wav", "audio/wav");
  find("#save-csv").onclick = () => download(recording.csv(), "talk.csv", "text/csv");
  const player = find<HTMLButtonElement>("#save-html");
  player.disabled = recording.seconds > LONGEST_PLAYER_S;
  player.onclick = () => void savePlayer(recording, player);
  find<HTMLDialogElement>("#saved").showModal();
}

async function savePlayer(recording: Recording, button: HTMLButtonElement): Promise<void> {
  button.disabled = true;
  try {
    const { playerPage } = await import("./player.ts");
    const answer = await fetch("player.txt");
    if (!answer.ok) throw new Error(`the player is missing on this server (${answer.status})`);
    const files = await Promise.all(chosen.heads.map(fetchHead));
    const names = [find(".name", cards[AGENT].box).textContent ?? "", "You"];
    const page = await playerPage(await answer.text(), recording, { files, names }, `A talk of ${new Date().toLocaleString()}`);
    download(page, "talk.html", "text/html");
  } catch (error) {
    notice(`The player cannot be made: ${message(error)}.`, undefined, undefined, 6);
  } finally {
    button.disabled = false;
  }
}

function pickFile(accept: string, use: (file: File) => void): void {
  const input = find<HTMLInputElement>("#file");
  input.accept = accept;
  input.value = "";
  input.onchange = () => input.files?.[0] && use(input.files[0]);
  input.click();
}

function drop(event: DragEvent): void {
  event.preventDefault();
  for (const card of cards) card.box.classList.remove("dropping");
  const file = event.dataTransfer?.files[0];
  if (!file) return;
  const place = cards[USER].box.contains(event.target as Node) ? USER : AGENT;
  if (/\.(glb|vrm)$/i.test(file.name)) void setGuest(place, file);
  else void sayFile(file);
}

function key(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && drawer.open && find("#drawer").contains(target)) return drawer.toggle(false);
  if (target.matches("input:not([type=checkbox]):not([type=range]), select")) {
    if (event.key === "Escape") target.blur();
    return;
  }
  const act: Record<string, (() => unknown) | undefined> = {
    m: microphone, c: cameraOnOff, n: nod, r: record, d: () => drawer.toggle(), Escape: () => talk.interrupt(),
    "/": () => find("#text").focus(), "?": () => find<HTMLDialogElement>("#keys").showModal(),
    v: () => stage?.heads.forEach((head) => head?.resetView()),
  };
  if (!act[event.key]) return;
  event.preventDefault();
  act[event.key]!();
}

function nod(): void {
  talk.link.control({ type: "nod" });
}

function wire(): void {
  const on = (selector: string, act: () => unknown): void => find(selector).addEventListener("click", () => void act());
  on("#begin", microphone);
  on("#mic", microphone);
  on("#camera", cameraOnOff);
  on("#stop", () => talk.interrupt());
  on("#nod", nod);
  on("#record", record);
  on("#help", () => find<HTMLDialogElement>("#keys").showModal());
  on("#attach", () => pickFile("audio/*", (file) => void sayFile(file)));
  on("#own-agent", () => pickFile(".glb,.vrm", (file) => void setGuest(AGENT, file)));
  on("#own-user", () => pickFile(".glb,.vrm", (file) => void setGuest(USER, file)));
  on("#calibrate", () => camera.reader.forget());
  find("#text").addEventListener("focus", () => talk.link.expectLine?.());
  find("#composer").addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    void sayLine();
  });
  find<HTMLSelectElement>("#samples").addEventListener("change", async ({ target }) => {
    const select = target as HTMLSelectElement;
    const name = select.value;
    select.value = "";
    await talk.sound.start();
    if (name) talk.link.control({ type: "sample", name });
  });
  for (const [place, selector] of [[AGENT, "#head-agent"], [USER, "#head-user"]] as const) {
    options(find(selector), PEOPLE.map((name) => [name, capital(name)] as const), chosen.heads[place]!);
    find<HTMLSelectElement>(selector).addEventListener("change", async ({ target }) => {
      const { value } = target as HTMLSelectElement;
      if (value) await setHead(place, value).catch((error: unknown) => notice(sentence(message(error)), undefined, undefined, 6));
      if (place === AGENT) talk.link.control({ type: "settings", avatar: value });
    });
  }
  document.addEventListener("keydown", key);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    for (const card of cards) card.box.classList.toggle("dropping", card.box.contains(event.target as Node));
  });
  document.addEventListener("drop", drop);
  setInterval(slowly, 250);
  window.addEventListener("pagehide", () => talk.link.control({ type: "played", at: talk.heardStamp }));
}

// ---------------------------------------------------------------- words

function notice(text: string, button?: string, act?: () => void, forSeconds = 0): void {
  clearTimeout(problem);
  const box = find("#notice");
  const press = find<HTMLButtonElement>("button", box);
  box.hidden = false;
  say(find("p", box), text);
  press.hidden = !button;
  press.textContent = button ?? "";
  press.onclick = act ?? null;
  if (forSeconds) problem = window.setTimeout(hideNotice, 1000 * forSeconds);
}

function hideNotice(): void {
  find("#notice").hidden = true;
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

function message(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

function sentence(text: string): string {
  const whole = text.trim();
  return whole[0]!.toUpperCase() + whole.slice(1) + (/[.!?]$/.test(whole) ? "" : ".");
}

function capital(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1);
}

function clockTime(length: number): string {
  return `${Math.floor(length / 60)}:${String(Math.floor(length % 60)).padStart(2, "0")}`;
}

/** What tests look at, and whoever opens the console: `visavisPage.talk.reactions`. */
interface Watch {
  /** Called with every picture: the agent's sample that is heard, the frame that is shown, and the time [s]. */
  picture?: (stamp: number, values: Float32Array | null, time: number) => void;
}
const watch: Watch = {};
declare global {
  interface Window {
    visavisPage: object;
  }
}
window.visavisPage = { talk, camera, captions, drawer, watch, calm, setGuest, sayFile, get stage() { return stage; } };

talk.link.connect();
wire();
requestAnimationFrame(tick);
show()
  .catch((error: unknown) => notice(sentence(message(error))))
  .finally(() => document.body.classList.replace("waiting", "ready"));
