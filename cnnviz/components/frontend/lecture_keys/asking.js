// A step that was asked for is asked for again if it does not come. Requests that follow each other closely overtake
// each other: a late one of the page before leads back to that page; and while no server answers, none arrives.

import { pageIsAtRest, setLeaving } from "../shared/message.js";

const LOOK = 400; // ms from look to look
const IDLE = 3; // checks of an idle page after which a request counts as lost
const TIMES = 5; // that it is asked for again

/** Steps asked for. `ask` asks for one, by its name; `report` is called with whether one is on its way; `isAtRest`: whether a server
 *  answers, and nothing is on its way from it.
 *  @param {(name: string) => void} ask
 *  @param {(leaving: boolean) => void} [report]
 *  @param {() => boolean} [isAtRest] */
export const newAsking = (ask, report = setLeaving, isAtRest = pageIsAtRest) => ({
  ask,
  report,
  isAtRest,
  wanted: "", // the step that was asked for last and has not come
  passed: /** @type {Set<string>} */ (new Set()), // steps that may be shown until it comes
  idle: 0,
  times: 0,
  timer: /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined),
});

/** @typedef {ReturnType<typeof newAsking>} Asking */

/** Ask for a step, and see to it that it comes.
 *  @param {Asking} asking
 *  @param {string} name
 *  @param {string} shown the step on the screen */
export function askFor(asking, name, shown) {
  asking.wanted = name;
  asking.passed.add(shown).add(name);
  asking.idle = asking.times = 0;
  asking.report(true);
  asking.ask(name);
  lookLater(asking);
}

/** Note the step that has come, or with `away` the page that stands between it and the next.
 *  @param {Asking} asking
 *  @param {string} name
 *  @param {boolean} away */
export function hasCome(asking, name, away) {
  if (!asking.wanted) return;
  const isWanted = name === asking.wanted && !away;
  if (isWanted || !asking.passed.has(name)) forget(asking); // or the visitor has gone to yet another one
}

/** Want nothing any more.
 *  @param {Asking} asking */
export function forget(asking) {
  clearTimeout(asking.timer);
  asking.wanted = "";
  asking.passed.clear();
  asking.report(false);
}

/** @param {Asking} asking */
function lookLater(asking) {
  clearTimeout(asking.timer);
  asking.timer = setTimeout(() => look(asking), LOOK);
}

/** @param {Asking} asking */
function look(asking) {
  asking.idle = asking.isAtRest() ? asking.idle + 1 : 0;
  if (asking.idle >= IDLE) {
    if (asking.times === TIMES) return forget(asking);
    asking.times++;
    asking.idle = 0;
    asking.ask(asking.wanted);
  }
  lookLater(asking);
}
