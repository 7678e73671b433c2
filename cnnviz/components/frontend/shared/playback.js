// Speed of playback, frame by frame.

const LONGEST_FRAME = 500; // ms: after a pause by the browser, as in a hidden tab, it resumes where it was

/** Return what says, at each frame, how many steps are due since the one before: (ms of the frame, steps a second,
 *  whether it is held) -> number. */
export function newPlayback() {
  /** @type {number | null} */
  let last = null;
  let due = 0;
  return (/** @type {number} */ now, /** @type {number} */ perSecond, held = false) => {
    due = held || last === null ? 0 : due + (Math.min(LONGEST_FRAME, now - last) * perSecond) / 1000;
    last = now;
    const whole = Math.floor(due);
    due -= whole;
    return whole;
  };
}
