// Exercises over HTTP: each has its own address. Only a visitor's own picture, which the server does not keep,
// is sent along.

import { unpack } from "../shared/payload.js";

const NONE = 422; // the picture or the network allows no exercise of the kind
const KEPT = 24; // exercises kept without asking again

/** @typedef {{kind: string, level: number, seed: number}} Question */

/** The server's own address, which is that of this script up to Streamlit's part. */
export const ROOT = import.meta.url.split("/_stcore/")[0];

/** @param {{address: string, query: string}} source
 *  @param {Question} question */
export const addressOf = ({ address, query }, { kind, level, seed }) =>
  `${address}/${encodeURIComponent(kind)}/${level}/${seed}?${query}`;

export function newLoader() {
  /** @type {Map<string, Promise<any>>} */
  const loaded = new Map();
  return {
    /** The exercise of a question, unpacked; null if the picture or the network allows none.
     *  @param {{address: string, query: string, digest: string, image: Uint8Array | null}} source
     *  @param {Question} question */
    load(source, question) {
      const key = `${source.digest} ${addressOf(source, question)}`;
      const known = loaded.get(key);
      if (known) return known;
      const asked = ask(source, question);
      loaded.set(key, asked);
      asked.catch(() => loaded.delete(key)); // it can be asked for again
      if (loaded.size > KEPT) loaded.delete([...loaded.keys()][0]);
      return asked;
    },
  };
}

async function ask(source, question) {
  const { image } = source;
  const answer = await fetch(ROOT + addressOf(source, question), image ? { method: "POST", body: image } : {});
  if (answer.status === NONE) return null;
  if (!answer.ok) throw new Error(`exercise: ${answer.status}`);
  return unpack(new Uint8Array(await answer.arrayBuffer()));
}
