// What time it is. With sound, the sound says so; without, the computer's clock does.

class Clock {
  constructor(duration, fps) {
    this.duration = duration;
    this.fps = fps;
  }

  // The frame that is due: the last that has begun, give or take a hundredth.
  get frame() {
    return Math.min(Math.floor(this.time * this.fps + 0.01), Math.round(this.duration * this.fps) - 1);
  }

  within(time) {
    return Math.min(Math.max(time, 0), this.duration);
  }
}

export class SoundClock extends Clock {
  constructor(audio, duration, fps) {
    super(duration, fps);
    this.audio = audio;
    this.heard = { time: 0, at: 0 };
  }

  // Some browsers move `currentTime` in steps: between them time runs on, by a frame at most.
  get time() {
    const { currentTime, playbackRate } = this.audio;
    if (!this.playing) return this.within(currentTime);
    const now = performance.now();
    if (currentTime !== this.heard.time) this.heard = { time: currentTime, at: now };
    const since = ((now - this.heard.at) / 1000) * playbackRate;
    return this.within(currentTime + Math.min(since, 0.9 / this.fps));
  }

  get playing() {
    return !this.audio.paused && !this.audio.ended;
  }

  play() {
    return this.audio.play();
  }

  pause() {
    this.audio.pause();
  }

  seek(time) {
    this.audio.currentTime = this.within(time);
  }

  set rate(rate) {
    this.audio.playbackRate = rate;
  }

  set loop(loop) {
    this.audio.loop = loop;
  }
}

export class PlainClock extends Clock {
  constructor(duration, fps) {
    super(duration, fps);
    this.playing = false;
    this.loop = false;
    this.speed = 1;
    this.set(0);
  }

  set(time) {
    this.begun = { time: this.within(time), at: performance.now() };
  }

  get time() {
    if (!this.playing) return this.begun.time;
    const time = this.begun.time + ((performance.now() - this.begun.at) / 1000) * this.speed;
    if (time < this.duration) return time;
    this.playing = this.loop;
    this.set(this.loop ? 0 : this.duration);
    return this.begun.time;
  }

  async play() {
    this.set(this.time >= this.duration ? 0 : this.time);
    this.playing = true;
  }

  pause() {
    this.set(this.time);
    this.playing = false;
  }

  seek(time) {
    this.set(time);
  }

  set rate(rate) {
    this.set(this.time);
    this.speed = rate;
  }
}
