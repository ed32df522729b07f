// The camera: landmarks by MediaPipe's face mesh, in this browser. Its pictures go nowhere.

import { FaceReader, inSpace } from "./landmarks.ts";

interface Landmark {
  x: number;
  y: number;
  z: number;
}

interface FaceMesh {
  setOptions(options: object): void;
  onResults(listener: (results: { multiFaceLandmarks?: Landmark[][] }) => void): void;
  initialize(): Promise<void>;
  send(inputs: { image: HTMLVideoElement }): Promise<void>;
  close(): Promise<void>;
}

declare global {
  interface Window {
    FaceMesh?: new (config: { locateFile: (file: string) => string }) => FaceMesh;
  }
}

const FOLDER = "face_mesh/";
const EVERY_MS = 40;

export class Camera {
  readonly reader = new FaceReader();
  /** Milliseconds that the last picture took. */
  cost = 0;
  /** Whether a face is in the picture. */
  seen = false;
  #mesh: FaceMesh | null = null;
  #stream: MediaStream | null = null;
  #recorded = 0;
  readonly #video: HTMLVideoElement;
  readonly #onFace: (values: Float32Array, time: number) => void;

  /** `onFace` gets values in the order of FACE_CHANNELS, and when they were seen [s]. */
  constructor(video: HTMLVideoElement, onFace: (values: Float32Array, time: number) => void) {
    [this.#video, this.#onFace] = [video, onFace];
  }

  get on(): boolean {
    return this.#stream !== null;
  }

  /** Rejects with what the browser says: refused, none there; or when the landmark model cannot be loaded. */
  async start(): Promise<void> {
    if (!navigator.mediaDevices) throw new DOMException("", "SecurityError");
    const video = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 }, facingMode: "user" };
    const stream = await navigator.mediaDevices.getUserMedia({ video });
    try {
      this.#mesh ??= await loadMesh((found) => this.#found(found));
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      throw error;
    }
    this.#stream = stream;
    this.reader.forget();
    this.#video.srcObject = stream;
    await this.#video.play();
    void this.#watch(stream);
  }

  stop(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.srcObject = null;
    this.seen = false;
  }

  async #watch(stream: MediaStream): Promise<void> {
    while (this.#stream === stream) {
      const begun = performance.now();
      this.#recorded = begun / 1000;
      if (this.#video.readyState >= 2) await this.#mesh!.send({ image: this.#video }).catch(() => this.stop());
      this.cost = performance.now() - begun;
      await new Promise((done) => setTimeout(done, Math.max(5, EVERY_MS - this.cost)));
    }
  }

  #found(landmarks: Landmark[] | undefined): void {
    this.seen = Boolean(landmarks);
    if (!landmarks || !this.on) return;
    const aspect = this.#video.videoWidth / this.#video.videoHeight || 4 / 3;
    const values = this.reader.read(inSpace(landmarks, aspect));
    if (values) this.#onFace(values, this.#recorded);
  }
}

async function loadMesh(found: (landmarks: Landmark[] | undefined) => void): Promise<FaceMesh> {
  if (!window.FaceMesh) {
    await new Promise<void>((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${FOLDER}face_mesh.js`;
      script.onload = () => resolve();
      script.onerror = () => reject(new Error("the landmark model is missing on this server"));
      document.head.append(script);
    });
  }
  const mesh = new window.FaceMesh!({ locateFile: (file) => FOLDER + file.replace(/\.binarypb$/, ".bin") });
  mesh.setOptions({ maxNumFaces: 1, refineLandmarks: true, minDetectionConfidence: 0.5, minTrackingConfidence: 0.5 });
  mesh.onResults(({ multiFaceLandmarks }) => found(multiFaceLandmarks?.[0]));
  await mesh.initialize();
  return mesh;
}
