// The page as a whole: unpack, build, and then show whatever time it is.

import { Acting } from "./acting.js";
import { Cameras } from "./cameras.js";
import { PlainClock, SoundClock } from "./clock.js";
import { Controls } from "./controls.js";
import { Curves } from "./curves.js";
import { Figure } from "./figure.js";
import { Pace } from "./pace.js";
import { Path } from "./path.js";
import { People } from "./people.js";
import { Portrait } from "./portrait.js";
import { Room } from "./room.js";
import { Stage } from "./stage.js";
import { unpack } from "./unpack.js";

const page = (selector) => document.querySelector(selector);

async function begin() {
  if (!window.DecompressionStream) throw new Error("it cannot unpack data (DecompressionStream); use one of 2023 or later");
  const { header, read } = await unpack(page("#performance").textContent);
  const people = header.people.map((person) => ({
    label: person.label,
    colours: { light: cssColour(person.accent), dark: cssColour(person.accent.map((value) => 0.65 * value + 0.35)) },
    figure: new Figure(person.figure, read),
    acting: person.acting && new Acting(person.acting, read),
    path: person.path && new Path(person.path, read),
    state: person.state && { ...person.state, values: read(person.state.values) },
    voice: person.voice && { levels: read(person.voice.levels), speaking: read(person.voice.speaking) },
  }));
  const duration = header.frames / header.fps;
  const audio = header.sound && soundOf(header.sound, read);
  const clock = audio ? new SoundClock(audio, duration, header.fps) : new PlainClock(duration, header.fps);
  const cameras = header.room && new Cameras(page("#cameras"), header.room, header.levelsPerSecond);
  const focus = (i) => (cameras ? cameras.focus(i) : shown.focus(i));
  const shown = new People(page("#stage"), people, header, focus);
  const seek = (time) => clock.seek(Math.min(Math.max(time, 0), duration));
  const controls = new Controls(page, clock, audio, {
    seek,
    reset: () => stage?.reset(),
    focus,
    nextCamera: () => cameras?.next(),
  });
  const curves = new Curves(page("#curves"), rowsOf(header, people, read), duration, seek);
  const stage = stageOf(shown, people, header.room);
  seek(Number(new URLSearchParams(location.hash.slice(1)).get("t")) || 0);
  run({ clock, controls, curves, people, shown, stage, cameras, fps: header.fps });
  return { people, clock, seek, cameras, stage };
}

function run({ clock, controls, curves, people, shown, stage, cameras, fps }) {
  let [before, playing] = [NaN, null];
  const pace = new Pace();
  const tick = (now) => {
    requestAnimationFrame(tick);
    const time = clock.time;
    if (time !== before || playing !== clock.playing) {
      for (const { acting, path } of people) for (const moved of [acting, path]) moved?.at(time * fps);
      stage?.pose(people);
      for (const part of [controls, curves, shown]) part.show(time);
      [before, playing] = [time, clock.playing];
    }
    cameras?.show(time, stage?.views[0]);
    stage?.refine(playing ? pace.beat(now) : pace.stand());
    stage?.drawIfStale();
  };
  requestAnimationFrame(tick);
}

function stageOf(shown, people, room) {
  const figures = people.map(({ figure }) => figure);
  const panels = room ? [shown.whole] : shown.panels.map(({ view }) => view);
  const views = room
    ? (changed) => [new Room(figures, shown.whole, room, changed)]
    : (changed) => figures.map((figure, i) => new Portrait(figure, i, panels[i], changed));
  try {
    return new Stage(page("#picture"), panels, views);
  } catch (error) {
    page("#problem").textContent = `This browser shows no 3-D here (${error.message}). Sound and curves still play.`;
    return null;
  }
}

function rowsOf(header, people, read) {
  const voices = people.map(({ voice, colours }) => voice && {
    values: Array.from(voice.levels, (level) => level / 255), perSecond: header.levelsPerSecond, colours,
  });
  const voiceRows = voices.filter(Boolean).map((line) => ({ name: "voice", low: 0, high: 1, area: true, lines: [line] }));
  const motionRows = header.curves.map(({ name, low, high, lines }) => ({
    name, low, high, area: false,
    lines: lines.map((line, i) => line && { values: Array.from(read(line)), perSecond: header.fps, colours: people[i].colours }),
  }));
  return [...voiceRows, ...stateRows(header, people), ...motionRows];
}

function stateRows(header, people) {
  if (!people.some(({ state }) => state)) return [];
  const box = page("#curves");
  box.ariaLabel = box.ariaLabel.replace("voices", "voices, conversation states");
  const bands = people.filter(({ state }) => state).map(({ state, colours }) => ({ ...state, perSecond: header.fps, owner: colours }));
  return [{ name: "state", bands, lines: [] }];
}

function soundOf(entry, read) {
  const audio = new Audio(URL.createObjectURL(new Blob([read(entry)], { type: entry.mime })));
  audio.preload = "auto";
  return audio;
}

function cssColour(accent) {
  return `rgb(${accent.map((value) => Math.round(255 * value)).join(" ")})`;
}

// What a page that holds this one may use, and tests: `(await visavisPlayer).seek(3)`.
window.visavisPlayer = begin().then(
  ({ people, clock, seek, cameras, stage }) => ({
    play: () => clock.play(),
    pause: () => clock.pause(),
    seek,
    get time() { return clock.time; },
    get frame() { return clock.frame; },
    get playing() { return clock.playing; },
    duration: clock.duration,
    get camera() { return cameras?.name; },
    set camera(name) { cameras?.choose(cameras.names.indexOf(name)); },
    seen: () => stage?.views[0].seen?.(),
    vertices: (person) => Array.from(people[person].figure.positions),
  }),
);
window.visavisPlayer.then(
  () => document.body.classList.replace("waiting", "ready"),
  (error) => {
    document.body.classList.replace("waiting", "failed");
    page("#problem").textContent = `This browser cannot show the page: ${error.message}.`;
    console.error(error);
  },
);
