// A lecturer's view, and whether a student sees the same: pure functions of addresses.

/** Choices that each participant keeps. */
export const PERSONAL = ["lang", "colours", "chart", "notes", "room", "digest", "embed", "crop"];
const LOOSE = ["present"]; // on a small screen the stage is not shown: no other view

/** A lecturer's view. query: without the personal choices, sorted. moment: "STEP INDEX" of the stage, or "".
 *  picture: the lecturer's own, as it is cropped (cnnviz/formats/picture_text.py), or "".
 *  @typedef {{page: string, query: string, moment: string, picture: string}} View */

/** The view at an address.
 *  @param {{pathname: string, search: string}} now
 *  @param {string} base path of the app, "" or "/viz"
 *  @param {string} moment
 *  @param {string} picture
 *  @returns {View} */
export function viewAt({ pathname, search }, base, moment = "", picture = "") {
  const path = pathname.startsWith(base) ? pathname.slice(base.length) : pathname;
  return { page: path.replace(/^\/+|\/+$/g, ""), query: without(search, PERSONAL), moment, picture };
}

/** Whether two views are the same page with the same choices.
 *  @param {View} a
 *  @param {View} b */
export const samePage = (a, b) =>
  a.page === b.page && a.picture === b.picture && without(a.query, LOOSE) === without(b.query, LOOSE);

/** Whether an address shows a picture of the visitor's own.
 *  @param {{search: string}} now */
export const showsOwn = ({ search }) => new URLSearchParams(search).get("picture") === "upload";

/** The cell that a view shows, if all else of it is as in another one; else null: the page has to follow.
 *  @param {View} wanted
 *  @param {View} now
 *  @returns {string | null} */
export function cellAlone(wanted, now) {
  const bare = (/** @type {View} */ view) => ({ ...view, query: without(view.query, ["cell"]) });
  const cell = new URLSearchParams(wanted.query).get("cell");
  return cell && new URLSearchParams(now.query).has("cell") && samePage(bare(wanted), bare(now)) ? cell : null;
}

const TIMES = 9; // that a page is asked to follow at most

/** The next action for a page that has to follow: "ask" it, "wait" for a request in progress, which asking would
 *  restart, or "" nothing more. A page without a connection has not received the request.
 *  @param {number} times that it has been asked
 *  @param {boolean} there whether it has followed
 *  @param {boolean} rests whether nothing is on its way */
export function nextOf(times, there, rests) {
  if (!times) return "ask";
  if (there || times === TIMES) return "";
  return rests ? "ask" : "wait";
}

/** A code as it is read aloud: K7M-2QX.
 *  @param {string} code */
export const spelled = (code) => `${code.slice(0, 3)}-${code.slice(3)}`;

/** Milliseconds until a lost connection is tried again: longer and longer, and for each browser a bit different.
 *  @param {number} attempt from 0
 *  @param {number} chance in [0, 1) */
export const delayOf = (attempt, chance) => Math.min(8000, 250 * 2 ** Math.min(attempt, 6)) * (0.5 + chance);

/** The question to the class from an exercise in a page's address.
 *  @param {string} exercise "ADDRESS?QUERY", as `shared/room.js` says it
 *  @param {string} id
 *  @param {string | null} own the lecturer's own picture, if there is one: the class is sent it */
export function pollOf(exercise, id, own) {
  const [address, search] = exercise.split("?");
  const picture = new URLSearchParams(search).get("picture");
  if (picture) return { id, form: "exercise", address, query: `picture=${picture}` };
  return address && own ? { id, form: "exercise", address, query: "", picture: own } : null;
}

/** @param {string} search
 *  @param {string[]} keys */
function without(search, keys) {
  const pairs = [...new URLSearchParams(search)].filter(([key]) => !keys.includes(key));
  return new URLSearchParams(pairs.sort(([a], [b]) => (a < b ? -1 : 1))).toString();
}
