// Where the visitor comes to rest, and when Python hears of it.

import { same } from "./values.js";

const SETTLE = 500; // ms after the last move until Python hears of it

/** Where the visitor comes to rest: Python is told once that has been so for half a second, and what it passes
 *  back of this is no news. `place()` is where the visitor is; while `busy()`, that is no rest. */
export class Rest {
  heard = null; // the place that Python passed last
  pending = []; // places told to Python that it has not passed back yet
  timer = 0;

  constructor({ place, tell, busy = () => false }) {
    Object.assign(this, { place, tell, busy });
  }

  /** Whether Python points elsewhere: it neither repeats itself nor passes back what it was told. */
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
    this.timer = 0;
  }
}
