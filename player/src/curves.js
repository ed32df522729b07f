// Both voices, conversation states, jaw and head over time, drawn once for each size and colour scheme; the play-head moves above.

const GUTTER = 46;
const [ROW, GAP, AXIS] = [26, 5, 16];
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600];
const LEAST_STEP = 56; // pixels between two times

export class Curves {
  // `rows`: { name, low, high, area, lines: [{ values, perSecond, colours } | null] },
  // or { name, bands: [{ values, names, colours, perSecond, owner }] }, a lane for each person
  constructor(box, rows, duration, seek) {
    this.box = box;
    this.canvas = box.querySelector("canvas");
    this.head = box.querySelector(".playhead");
    this.rows = rows;
    this.duration = duration;
    box.style.height = `${rows.length * (ROW + GAP) + AXIS}px`;
    box.addEventListener("pointerdown", (event) => this.press(event, seek));
    box.addEventListener("pointermove", (event) => event.buttons & 1 && seek(this.timeAt(event)));
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.dark.addEventListener("change", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(box);
  }

  press(event, seek) {
    if (event.button) return;
    this.box.setPointerCapture(event.pointerId);
    seek(this.timeAt(event));
  }

  timeAt(event) {
    const { left } = this.box.getBoundingClientRect();
    return ((event.clientX - left - GUTTER) / (this.box.clientWidth - GUTTER)) * this.duration;
  }

  show(time) {
    const x = GUTTER + (time / this.duration) * (this.box.clientWidth - GUTTER);
    this.head.style.transform = `translateX(${x}px)`;
  }

  draw() {
    const [width, height] = [this.box.clientWidth, this.box.clientHeight];
    const sharpness = devicePixelRatio;
    this.canvas.width = Math.round(width * sharpness);
    this.canvas.height = Math.round(height * sharpness);
    const brush = this.canvas.getContext("2d");
    brush.scale(sharpness, sharpness);
    const style = getComputedStyle(this.box);
    brush.font = `11px ${style.fontFamily}`;
    this.plot = { brush, width: width - GUTTER, ink: style.color, faint: style.getPropertyValue("--line") };
    this.drawTimes(height);
    this.rows.forEach((row, i) => this.drawRow(row, i * (ROW + GAP)));
  }

  drawTimes(height) {
    const { brush, width, ink, faint } = this.plot;
    const step = STEPS.find((step) => (step / this.duration) * width >= LEAST_STEP) ?? STEPS.at(-1);
    brush.textAlign = "center";
    brush.textBaseline = "bottom";
    for (let k = 0; k * step <= this.duration + 1e-6; k++) {
      const x = GUTTER + ((k * step) / this.duration) * width;
      const told = step < 1 ? (k * step).toFixed(1) : clockTime(k * step);
      brush.fillStyle = faint;
      brush.fillRect(Math.round(x), 0, 1, height - AXIS);
      brush.fillStyle = ink;
      const half = brush.measureText(told).width / 2;
      brush.fillText(told, Math.min(x, GUTTER + width - half), height);
    }
  }

  drawRow(row, top) {
    const { brush, width, ink, faint } = this.plot;
    brush.fillStyle = ink;
    brush.textAlign = "left";
    brush.textBaseline = "middle";
    brush.fillText(row.name, 0, top + ROW / 2);
    if (row.bands) return row.bands.forEach((band, i) => this.drawBand(band, top, i, ROW / row.bands.length));
    const level = (value) => top + ROW * (1 - (value - row.low) / (row.high - row.low));
    brush.fillStyle = faint;
    brush.fillRect(GUTTER, Math.round(level(0)), width, 1);
    for (const line of row.lines) {
      if (!line) continue;
      const path = this.path(line, level, row.area ? 0.5 : 0);
      const colour = this.dark.matches ? line.colours.dark : line.colours.light;
      if (row.area) fillTo(path, brush, colour, level(0));
      else strokeAs(path, brush, colour);
    }
  }

  // Stretches of one state in its colour, with its name where there is room; at the left the colour of whose they are.
  drawBand({ values, names, colours, perSecond, owner }, top, lane, tall) {
    const { brush, width } = this.plot;
    const [y, height] = [top + lane * tall + 0.5, tall - 1];
    const x = (i) => GUTTER + Math.min((i * width) / this.duration / perSecond, width);
    brush.fillStyle = this.dark.matches ? owner.dark : owner.light;
    brush.fillRect(GUTTER - 6, y, 3, height);
    const font = brush.font;
    brush.font = font.replace("11px", "10px");
    const room = names.map((name) => brush.measureText(name).width + 8);
    for (let start = 0, stop; start < values.length; start = stop) {
      for (stop = start; stop < values.length && values[stop] === values[start]; ) stop++;
      const [name, colour] = [names[values[start]], colours[values[start]]];
      const across = x(stop) - x(start);
      brush.fillStyle = colour;
      brush.fillRect(x(start), y, across, height);
      if (room[values[start]] > across) continue;
      brush.fillStyle = isLight(colour) ? "#10151a" : "#fff";
      brush.fillText(name, x(start) + 4, y + height / 2 + 0.5);
    }
    brush.font = font;
  }

  // A level is that of a whole frame, so it stands in the frame's middle; a pose is that of its beginning.
  path({ values, perSecond }, level, middle) {
    const path = new Path2D();
    const across = this.plot.width / this.duration / perSecond;
    const x = (i) => GUTTER + Math.min((i + middle) * across, this.plot.width);
    values.forEach((value, i) => path.lineTo(x(i), level(value)));
    path.ends = [x(0), x(values.length - 1)];
    return path;
  }
}

function isLight(colour) {
  const [red, green, blue] = [1, 3, 5].map((k) => parseInt(colour.slice(k, k + 2), 16));
  return 0.3 * red + 0.59 * green + 0.11 * blue > 140;
}

export function clockTime(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

function strokeAs(path, brush, colour) {
  brush.strokeStyle = colour;
  brush.lineWidth = 1.25;
  brush.lineJoin = "round";
  brush.stroke(path);
}

function fillTo(path, brush, colour, ground) {
  const [first, last] = path.ends;
  path.lineTo(last, ground);
  path.lineTo(first, ground);
  brush.globalAlpha = 0.75;
  brush.fillStyle = colour;
  brush.fill(path);
  brush.globalAlpha = 1;
}
