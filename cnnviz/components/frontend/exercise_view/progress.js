// A visitor's progress, kept in this browser and nowhere else: for each kind of exercise the number of tries, how often
// the first try was right, the longest run, and the next level.

export const LEVELS = 3;
const KEY = "cnnviz-exercises"; // of the browser's store
const VERSION = 1;
const UP_AFTER = 2; // answers right at once until the next level
const MOST = 1e6; // nobody answers more: a larger number was not written here

/** tried, right: exercises. best: highest level that was right at once, 0 for none. streak: right at once in a row,
 *  now. run: the same since the level last changed. level: of the next exercise.
 *  @typedef {{tried: number, right: number, best: number, streak: number, run: number, level: number}} Record_ */
/** @typedef {Record<string, Record_>} Progress  by kind */

/** @returns {Record_} */
export const newRecord = () => ({ tried: 0, right: 0, best: 0, streak: 0, run: 0, level: 1 });

/** The record after one more exercise: the level rises after `UP_AFTER` right first tries, and falls after a miss.
 *  @param {Record_} record
 *  @param {{right: boolean, level: number}} result  right: at the first try
 *  @returns {Record_} */
export function after({ tried, right, best, streak, run, level: before }, result) {
  const { level } = result;
  if (!result.right)
    return { tried: tried + 1, right, best, streak: 0, run: 0, level: Math.max(1, Math.min(before, level) - 1) };
  const row = (level === before ? run : 0) + 1;
  const up = row >= UP_AFTER && level < LEVELS;
  return {
    tried: tried + 1,
    right: right + 1,
    best: Math.max(best, level),
    streak: streak + 1,
    run: up ? 0 : row,
    level: up ? level + 1 : level,
  };
}

/** Parse a text of the store; entries of another form are dropped.
 *  @param {string | null} text
 *  @returns {Progress} */
export function readProgress(text) {
  let kept;
  try {
    kept = JSON.parse(text ?? "");
  } catch {
    return {};
  }
  if (kept?.version !== VERSION || typeof kept.kinds !== "object" || !kept.kinds) return {};
  /** @type {Progress} */
  const progress = {};
  for (const [kind, record] of Object.entries(kept.kinds)) {
    if (!/^[a-z_]{1,40}$/.test(kind) || !isRecord(record)) continue;
    const { tried, right, best, streak, run, level } = record;
    progress[kind] = { tried, right, best, streak, run, level };
  }
  return progress;
}

/** @param {any} record
 *  @returns {record is Record_} */
function isRecord(record) {
  const whole = (/** @type {unknown} */ value, low = 0, high = MOST) =>
    Number.isInteger(value) && Number(value) >= low && Number(value) <= high;
  return (
    [record?.tried, record?.right, record?.streak, record?.run].every((value) => whole(value)) &&
    record.right <= record.tried &&
    whole(record.best, 0, LEVELS) &&
    whole(record.level, 1, LEVELS)
  );
}

/** @param {Progress} progress */
export const writeProgress = (progress) => JSON.stringify({ version: VERSION, kinds: progress }, null, 2);

/** The sums over all kinds.
 *  @param {Progress} progress */
export function total(progress) {
  const records = Object.values(progress);
  const sum = (/** @type {"tried" | "right"} */ name) => records.reduce((all, record) => all + record[name], 0);
  return { tried: sum("tried"), right: sum("right") };
}

/** The browser's store. Where it is switched off, progress lasts as long as the page.
 *  @param {() => Storage} storage */
export function newStore(storage = () => localStorage) {
  let text = "";
  let isKept = true; // whether the store has taken it
  return {
    /** @returns {Progress} */
    load() {
      try {
        return readProgress(isKept ? storage().getItem(KEY) : text);
      } catch {
        return readProgress(text);
      }
    },
    /** @param {Progress} progress */
    save(progress) {
      text = writeProgress(progress);
      try {
        storage().setItem(KEY, text);
        isKept = true;
      } catch {
        isKept = false; // switched off, or full: it stays in memory
      }
    },
    clear() {
      text = "";
      isKept = true;
      try {
        storage().removeItem(KEY);
      } catch {
        // there was none
      }
    },
  };
}
