// Sound by way of a connection of this page with itself: what a media element plays from one is what the browser's
// echo canceller takes out of the microphone. Sound of the Web Audio API alone it does not hear in every browser.

const PATIENCE_MS = 4000;

export interface Loopback {
  /** What arrives. */
  stream: MediaStream;
  close(): void;
}

/** Rejects where the browser lets no connection come about. */
export async function loopedBack(stream: MediaStream): Promise<Loopback> {
  const [sender, receiver] = [new RTCPeerConnection(), new RTCPeerConnection()];
  const close = (): void => [sender, receiver].forEach((peer) => peer.close());
  try {
    sender.onicecandidate = ({ candidate }) => candidate && void receiver.addIceCandidate(candidate).catch(() => undefined);
    receiver.onicecandidate = ({ candidate }) => candidate && void sender.addIceCandidate(candidate).catch(() => undefined);
    const arrived = new Promise<MediaStream>((resolve) => (receiver.ontrack = ({ streams }) => resolve(streams[0]!)));
    const connected = new Promise<void>((resolve, reject) => {
      receiver.onconnectionstatechange = () => {
        if (receiver.connectionState === "connected") resolve();
        if (receiver.connectionState === "failed") reject(new Error("no way from this page to itself"));
      };
      setTimeout(() => reject(new Error("no connection within 4 s")), PATIENCE_MS);
    });
    connected.catch(() => undefined);
    for (const track of stream.getAudioTracks()) sender.addTrack(track, stream);
    await sender.setLocalDescription(await sender.createOffer());
    await receiver.setRemoteDescription(sender.localDescription!);
    const answer = await receiver.createAnswer();
    await receiver.setLocalDescription(answer);
    await sender.setRemoteDescription({ type: "answer", sdp: finer(answer.sdp ?? "") });
    const [looped] = await Promise.all([arrived, connected]);
    for (const one of receiver.getReceivers()) hurry(one);
    return { stream: looped, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Opus for music rather than telephones, and never silent by itself. */
function finer(sdp: string): string {
  return sdp.replace(/(a=fmtp:\d+ [^\r\n]*useinbandfec=1)/g, "$1;maxaveragebitrate=96000;usedtx=0");
}

function hurry(receiver: RTCRtpReceiver): void {
  const told = receiver as RTCRtpReceiver & { jitterBufferTarget?: number | null; playoutDelayHint?: number };
  if ("jitterBufferTarget" in told) told.jitterBufferTarget = 0;
  else if ("playoutDelayHint" in told) (told as { playoutDelayHint?: number }).playoutDelayHint = 0;
}
