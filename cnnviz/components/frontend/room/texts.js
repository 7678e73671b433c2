// The room's texts, fetched when they are needed (cnnviz/pages/text_files.py): most visitors are in no room.

/** @type {Map<string, Record<string, string> | null>} */
const known = new Map();

/** The texts at an address; null until they are there, and then `ready` is called. Those that could not be had are
 *  asked for again with the next call.
 *  @param {string} address
 *  @param {() => void} ready
 *  @returns {Record<string, string> | null} */
export function textsAt(address, ready) {
  if (!known.has(address)) {
    known.set(address, null);
    fetched(address).then(
      (texts) => {
        known.set(address, texts);
        ready();
      },
      () => known.delete(address),
    );
  }
  return known.get(address) ?? null;
}

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`texts: ${answer.status}`);
  return answer.json();
}
