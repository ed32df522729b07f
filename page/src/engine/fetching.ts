// Files from beside the page, whole or not at all.

/** Throws for a file that is not there. */
export async function fetched(url: URL): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.pathname} is not there (${response.status})`);
  return response;
}

/** A file of so many bytes; `more` hears of each piece how long it is. Throws for one that ends early. */
export async function loaded(url: URL, size: number, more: (bytes: number) => void): Promise<Uint8Array<ArrayBuffer>> {
  const { body } = await fetched(url);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const reader = body!.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    whole.set(value, at);
    at += value.length;
    more(value.length);
  }
  if (at !== size) throw new Error(`${url.pathname} ends early: load the page again`);
  return whole;
}
