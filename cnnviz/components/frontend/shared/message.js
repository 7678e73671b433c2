// Messages from a component to Python, each a name and a value, that a callback receives once
// (cnnviz/components/message.py).

import { same } from "./values.js";

const DELAY = 500; // ms after the visitor's last move

let leaving = false;

/** Say whether another step of the lecture is on its way. What a view of the page that is left would send leads back to
 *  that page, and is not sent.
 *  @param {boolean} isSo */
export function setLeaving(isSo) {
  leaving = isSo;
}

const state = () => /** @type {any} */ (document.querySelector("[data-testid=stApp]"))?.dataset ?? {};

/** Return whether a server answers; messages sent to none are lost. */
export const isConnected = () => state().testConnectionState === "CONNECTED";

/** Return whether a server answers, and has answered all. */
export const pageIsAtRest = () => isConnected() && state().testScriptState === "notRunning";

/** @typedef {Record<string, any>} Selection  its fields have values that JSON can hold */

/** Send a message now.
 *  @param {Record<string, any>} component  or its view
 *  @param {string} name
 *  @param {unknown} value */
export const send = ({ setTriggerValue }, name, value) => setTriggerValue(name, value);

/** Keep the visitor's selection in sync with Python during a view's lifetime: it is sent as the message
 *  "selection" half a second after the last change, or when the visitor leaves the view.
 *  @param {{root: HTMLElement} & Record<string, any>} view
 *  @param {Pick<import("./view.js").Life, "on" | "onEnd">} life
 *  @param {ConstructorParameters<typeof SelectionSync>[1]} options */
export function syncSelection(view, { on, onEnd }, options) {
  const sync = new SelectionSync((selection) => leaving || send(view, "selection", selection), options);
  for (const leaving of ["pointerleave", "focusout"]) on(view.root, leaving, () => sync.flush());
  onEnd(() => sync.cancel());
  return sync;
}

/** Take over what the visitor changes of `view.selection`; Python is told later, by `view.sync`. Returns whether it is
 *  another selection now.
 *  @param {{selection: Selection, sync: SelectionSync} & Record<string, any>} view
 *  @param {Selection} fields */
export function select(view, fields) {
  if (same({ ...view.selection, ...fields }, view.selection)) return false;
  Object.assign(view.selection, fields);
  view.sync.changed();
  return true;
}

/** A selection that the visitor changes here and Python may change too. What Python passes back of what it was sent
 *  is no wish of its own, however late it comes. */
export class SelectionSync {
  /** The selection that Python passed last.
   *  @type {Selection | null} */
  received = null;
  /** Selections that were sent to Python and have not come back yet.
   *  @type {Selection[]} */
  pending = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer = undefined;

  /** @param {(message: Selection) => void} deliver
   *  @param {{current: () => Selection, message?: (selection: Selection) => Selection, busy?: () => unknown}} options
   *      current: the selection. message: the part of it that is sent. busy: whether to hold messages back. */
  constructor(deliver, { current, message = (selection) => selection, busy = () => false }) {
    this.deliver = deliver;
    this.current = current;
    this.message = message;
    this.busy = busy;
  }

  /** Take in what Python passes; return the fields that the view has to take over. These are all at first; later those
   *  that have changed, but not to what was sent.
   *  @param {Selection} given
   *  @returns {Selection} */
  receive(given) {
    const { received, pending } = this;
    this.received = given;
    if (!received) return given;
    if (same(given, received)) return {};
    const returned = pending.findIndex((sent) => same(sent, given));
    if (returned >= 0) {
      this.pending = pending.slice(returned + 1);
      return {};
    }
    const wanted = Object.entries(given).filter(
      ([name, value]) => !same(value, received[name]) && !pending.some((sent) => same(sent[name], value)),
    );
    if (wanted.length) this.pending = [];
    return Object.fromEntries(wanted);
  }

  /** The visitor has changed the selection: it is sent later. */
  changed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.busy() ? this.changed() : this.flush()), DELAY);
  }

  /** Send a changed selection now. */
  flush() {
    if (!this.timer || this.busy()) return;
    this.cancel();
    if (!same(this.current(), this.pending.at(-1) ?? this.received)) this.send();
  }

  /** Send the selection now, whether it has changed or not, and `more`.
   *  @param {Selection} more */
  send(more = {}) {
    this.cancel();
    const selection = this.current();
    this.pending.push(selection);
    this.deliver({ ...this.message(selection), ...more });
  }

  cancel() {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
