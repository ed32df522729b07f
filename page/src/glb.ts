// The container of a .glb: textures that need a transcoder of their own are left out, the head keeps its colours.

const [MAGIC, JSON_CHUNK] = [0x46546c67, 0x4e4f534a];

interface Gltf {
  extensionsUsed?: string[];
  extensionsRequired?: string[];
  textures?: { source?: number }[];
  materials?: unknown[];
}

/** Throws for what is no .glb. */
export function withoutPackedTextures(file: ArrayBuffer): ArrayBuffer {
  const view = new DataView(file);
  if (file.byteLength < 20 || view.getUint32(0, true) !== MAGIC || view.getUint32(16, true) !== JSON_CHUNK)
    throw new Error("this is no .glb or .vrm file");
  const length = view.getUint32(12, true);
  const json = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 20, length))) as Gltf;
  if (!json.extensionsUsed?.includes("KHR_texture_basisu")) return file;
  const kept = (name: string): boolean => name !== "KHR_texture_basisu";
  json.extensionsUsed = json.extensionsUsed.filter(kept);
  json.extensionsRequired = (json.extensionsRequired ?? []).filter(kept);
  json.materials = (json.materials ?? []).map(plain);
  delete json.textures;
  return packed(json, new Uint8Array(file, 20 + length));
}

/** A value without anything named ...Texture in it. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !name.endsWith("Texture")).map(([name, one]) => [name, plain(one)]));
}

function packed(json: object, rest: Uint8Array): ArrayBuffer {
  const told = new TextEncoder().encode(JSON.stringify(json));
  const length = Math.ceil(told.length / 4) * 4;
  const bytes = new Uint8Array(20 + length + rest.length).fill(0x20);
  const view = new DataView(bytes.buffer);
  [MAGIC, 2, bytes.length, length, JSON_CHUNK].forEach((value, i) => view.setUint32(4 * i, value, true));
  bytes.set(told, 20);
  bytes.set(rest, 20 + length);
  return bytes.buffer;
}
