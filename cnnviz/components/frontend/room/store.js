// This tab's data about its room, kept until the tab is closed: a reload rejoins the room.

const KEY = "cnnviz-room";

/** id: this browser's random name for itself. secret: of the room that it leads, or "". code: of the room that it has
 *  joined last; following: whether it did not wander there. name: a nickname, or "". given: its latest answer.
 *  @typedef {{poll: string, values: number[]}} Given
 *  @typedef {{id: string, secret: string, code: string, following: boolean, name: string, given: Given}} Kept */

/** @returns {Kept} */
const nothing = () => ({
  id: newId(),
  secret: "",
  code: "",
  following: true,
  name: "",
  given: { poll: "", values: [] },
});

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16)).join("-");

/** @param {() => Storage} storage */
export function newStore(storage = () => sessionStorage) {
  let kept = nothing();
  try {
    const read = JSON.parse(storage().getItem(KEY) ?? "{}");
    for (const [key, value] of Object.entries(kept))
      if (typeof read?.[key] === typeof value) kept = { ...kept, [key]: read[key] };
  } catch {
    // switched off, or not as it was written here
  }
  return {
    kept: () => kept,
    /** @param {Partial<Kept>} change */
    keep(change) {
      kept = { ...kept, ...change };
      try {
        storage().setItem(KEY, JSON.stringify(kept));
      } catch {
        // switched off: it lasts as long as the page
      }
      return kept;
    },
  };
}
