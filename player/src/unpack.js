// The data of the page: base64 -> gzip -> header and arrays (see visavis.view.player.pack).

const ARRAYS = { u1: Uint8Array, u2: Uint16Array, i2: Int16Array, u4: Uint32Array };

export async function unpack(text) {
  return unpackBytes(Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0)));
}

// The same, of a file that holds it without base64.
export async function unpackBytes(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return { header, read: (entry) => read(buffer, 4 + length + entry.at, entry) };
}

function read(buffer, start, { kind, shape, running, low, scale }) {
  const count = shape.reduce((product, size) => product * size, 1);
  const stored = new ARRAYS[kind](buffer, start, count);
  if (scale !== undefined) return Float32Array.from(stored, (step) => low + scale * step);
  if (!running) return stored;
  const whole = stored.slice();
  const along = shape[shape.length - 1];
  for (let i = 0; i < count; i++) if (i % along) whole[i] += whole[i - 1];
  return whole;
}

// (rows, columns) -> (columns, rows): what is packed axis by axis, vertex by vertex.
export function interleaved(planes, rows) {
  const columns = planes.length / rows;
  const mixed = new planes.constructor(planes.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) mixed[column * rows + row] = planes[row * columns + column];
  return mixed;
}
