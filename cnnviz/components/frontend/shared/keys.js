// Keys by what is printed on them.

/** The character of a key on a Latin keyboard: for a key that types Hangul, the Latin letter on it.
 *  @param {{key: string, code: string}} event */
export const latinKey = ({ key, code }) => (/^[ㄱ-ㆎ]$/.test(key) ? code.replace(/^Key/, "").toLowerCase() : key);

/** Whether a key is pressed for the browser or the system, as Alt and an arrow for Back.
 *  @param {{ctrlKey: boolean, metaKey: boolean, altKey: boolean}} event */
export const isBrowsers = ({ ctrlKey, metaKey, altKey }) => ctrlKey || metaKey || altKey;
