// Where the visitor comes to rest, and when Python hears of it.

import { same } from "./values.js";

const SETTLE = 500; // ms after the last move until Python hears of it

/** Where the visitor comes to rest: Python is told once that has been so for half a second, and what it passes
 *  back of this is no news.
 *  @template {object} Place */
export class Rest {
  /** The place that Python passed last.
   *  @type {Place | null} */
  heard = null;
  /** Places told to Python that it has not passed back yet.
   *  @type {Place[]} */
  pending = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer = undefined;

  /** @param {{place: () => Place, tell: (place: Place & object) => void, busy?: () => unknown}} what
   *      place: where the visitor is. tell: tells Python. busy: while it is so, that is no rest. */
  constructor({ place, tell, busy = () => false }) {
    this.place = place;
    this.tell = tell;
    this.busy = busy;
  }

  /** Whether Python points elsewhere: it neither repeats itself nor passes back what it was told.
   *  @param {Place} given */
  hear(given) {
    const { heard, pending } = this;
    this.heard = given;
    if (same(given, heard)) return false;
    const echoed = pending.findIndex((told) => same(told, given));
    this.pending = echoed < 0 ? [] : pending.slice(echoed + 1);
    if (echoed < 0) this.stop();
    return echoed < 0;
  }

  /** The visitor has moved. */
  settle() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.busy() ? this.settle() : this.flush()), SETTLE);
  }

  /** Tell it now, if there is something to tell: the visitor may be about to leave the page. */
  flush() {
    if (!this.timer || this.busy()) return;
    this.stop();
    if (!same(this.place(), this.pending.at(-1) ?? this.heard)) this.send();
  }

  /** Tell Python the place, and `more`. */
  send(more = {}) {
    this.stop();
    const place = this.place();
    this.pending.push(place);
    this.tell({ ...place, ...more });
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
