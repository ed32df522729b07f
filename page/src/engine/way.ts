// Which way this page talks: to the server that gave it, or to a model in this browser.

import { Link, type Listener } from "../link.ts";
import type { Hello } from "../protocol.ts";
import { LocalLink, type Way } from "./local_link.ts";

export type { Way } from "./local_link.ts";

/** A page written by `visavis page` says in its head where its model lies, and which voice it has; any other has a server. */
export function wayOf(url: string, listener: Listener, hello: () => Omit<Hello, "type" | "session">): Way {
  const engine = told("visavis-engine");
  return engine ? new LocalLink(new URL(engine, document.baseURI).href, told("visavis-voice"), listener, hello) : new Link(url, listener, hello);
}

function told(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name=${name}]`)?.content ?? "";
}
