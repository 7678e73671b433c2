// A question to the class: its display, and the counts of answers. A question is an exercise, which each browser
// fetches in its own language; or a few options, or a number, that the lecturer has typed.

import { newCard } from "../exercise_view/card.js";
import { agrees } from "../exercise_view/judging.js";
import { ROOT } from "../exercise_view/loading.js";
import { make, setText } from "../shared/elements.js";
import { fill, number as written } from "../shared/numbers.js";
import { unpack } from "../shared/payload.js";

const MOST = 8; // bars of numbers

/** A question, as the server sends it (cnnviz/hosting/rooms/base.py).
 *  @typedef {{id: string, form: string} & Record<string, any>} Poll */
/** [[answer, how many gave it], ...], the most frequent first.
 *  @typedef {[number[], number][]} Tally */

/** A poll with the content of an exercise, as a card draws it.
 *  @param {Poll} poll
 *  @param {string} language
 *  @returns {any} */
export function exerciseOf({ form, question, options, right, tolerance }, language) {
  const known = right !== undefined && right !== null;
  const answer = { form, values: [known ? right : 0], tolerance: tolerance ?? 0 };
  if (form === "choice")
    Object.assign(answer, {
      options: options.map((/** @type {any} */ each) => (typeof each === "string" ? each : each[language])),
      tolerance: 0,
    });
  return { question, answer, mistakes: [], shown: [], explanation: "", arrays: {}, href: "", open: !known };
}

/** Fetch the exercise that a poll asks about; null if this server has none. Raises if it does not answer.
 *  @param {Poll} poll
 *  @param {string} language */
export async function fetched({ address, query, picture }, language) {
  const sent = picture ? { method: "POST", body: pixelsOf(picture) } : {};
  const answer = await fetch(`${ROOT}${address}?lang=${language}&${query}`, sent);
  if (answer.status >= 500) throw new Error(`exercise: ${answer.status}`);
  return answer.ok ? { ...unpack(new Uint8Array(await answer.arrayBuffer())), href: "" } : null;
}

/** The bytes of a picture that is a text (cnnviz/formats/picture_text.py).
 *  @param {string} picture */
export const pixelsOf = (picture) => Uint8Array.from(atob(picture.split(":")[1]), (byte) => byte.charCodeAt(0));

/** The bars of a distribution: {label, count, right}; of a choice one for each option, of numbers the most frequent.
 *  @param {any} exercise
 *  @param {Tally} tally
 *  @param {boolean} revealed
 *  @returns {{label: string, count: number, right: boolean}[]} */
export function barsOf(exercise, tally, revealed) {
  const { form, options, values, tolerance, labels } = exercise.answer;
  const solved = revealed && !exercise.open;
  if (form === "choice")
    return options.map((/** @type {string} */ label, /** @type {number} */ k) => ({
      label: label || String(k + 1),
      count: tally.find(([answer]) => answer[0] === k)?.[1] ?? 0,
      right: solved && values[0] === k,
    }));
  const name = (/** @type {number} */ value, /** @type {number} */ k) =>
    (labels?.[k] ? `${labels[k]}: ` : "") +
    written(value, 4)
      .replace(/(\.\d*?)0+$/, "$1")
      .replace(/\.$/, "");
  return tally.slice(0, MOST).map(([answer, count]) => ({
    label: answer.map(name).join(" · "),
    count,
    right: solved && agrees(answer, values, tolerance),
  }));
}

/** Draw the bars.
 *  @param {HTMLElement} host
 *  @param {ReturnType<typeof barsOf>} bars */
export function drawBars(host, bars) {
  const all = Math.max(1, ...bars.map(({ count }) => count));
  host.replaceChildren(
    ...bars.map(({ label, count, right }) => {
      const row = make("li", right ? "vote solved" : "vote");
      const track = make("span", "vote_fill");
      const part = make("i");
      part.style.width = `${(100 * count) / all}%`;
      track.append(part);
      row.append(
        make("span", "vote_label", right ? `✓ ${label}` : label),
        track,
        make("b", "vote_count", String(count)),
      );
      return row;
    }),
  );
}

/** The question on a sheet. It is redrawn for another question, and when its answer is revealed.
 *  @param {HTMLElement} root `.poll`
 *  @param {{answer: (values: number[]) => void}} on */
export function newSheet(root, on) {
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
  let drawn = "";
  let shown = "";
  let turn = 0;
  /** The poll to be shown now: it may have changed while an exercise was fetched.
   *  @type {any} */
  let newest = null;
  /** @type {any} */
  let exercise = null;
  /** @type {any} */
  let card = null;

  return {
    /** @param {{poll: Poll | null, revealed: boolean, tally: Tally, mine: number[] | null, led: boolean,
     *      language: string, text: Record<string, string>, words: Record<string, string>}} now
     *      words: of exercises. mine: the student's own answer. */
    async show(now) {
      const { poll, revealed, led, language, words } = now;
      newest = now;
      if (!poll) {
        drawn = "";
        return;
      }
      const key = JSON.stringify([poll, revealed, led, language]);
      if (drawn !== key) {
        drawn = key;
        const mineTurn = ++turn;
        let found = null;
        try {
          found = poll.form === "exercise" ? await fetched(poll, language) : exerciseOf(poll, language);
        } catch {
          if (mineTurn === turn) drawn = ""; // the next time it is asked for again
        }
        if (mineTurn !== turn) return;
        exercise = found;
        shown = key;
        card =
          exercise &&
          newCard(
            exercise,
            { text: { ...words, check: now.text.send, wrong: now.text.wrong }, name: "poll" },
            { ...on, done() {}, open() {}, next: null },
          );
        find(".room_cards").replaceChildren(...(card ? [card.element] : []));
        card?.repaint();
        const given = revealed && !exercise?.open ? newest.mine : null;
        if (led || revealed) card?.close(given, revealed && !exercise.open);
        if (led && card && exercise.answer.form !== "choice") card.element.querySelector(".answer").hidden = true;
      }
      if (shown !== key) return; // it is on its way
      root.dataset.poll = poll.id;
      draw(newest);
    },
  };

  /** @param {Parameters<ReturnType<typeof newSheet>["show"]>[0]} now */
  function draw({ revealed, tally, mine, led, text }) {
    const n = tally.reduce((sum, [, count]) => sum + count, 0);
    const hint = !exercise
      ? text.no_exercise
      : led || revealed
        ? fill(text.answers, { n })
        : mine
          ? text.answered
          : text.ask_hint;
    setText(find(".room_poll .votes_hint"), hint);
    find(".votes").hidden = !exercise || !(led || revealed);
    if (exercise && (led || revealed)) drawBars(find(".votes"), barsOf(exercise, tally, revealed));
    Object.assign(root.dataset, { revealed: String(revealed), answers: String(n) });
  }
}
