// The project's own heads as packed files (see visavis.view.player.heads), each fetched once.

const files = new Map<string, Promise<ArrayBuffer>>();

export function fetchHead(name: string): Promise<ArrayBuffer> {
  const known = files.get(name);
  if (known) return known;
  const file = fetched(name);
  files.set(name, file);
  file.catch(() => files.delete(name));
  return file;
}

async function fetched(name: string): Promise<ArrayBuffer> {
  const answer = await fetch(`heads/${name}.bin`);
  if (!answer.ok) throw new Error(`the head ${name} is missing on this server (${answer.status})`);
  return answer.arrayBuffer();
}
