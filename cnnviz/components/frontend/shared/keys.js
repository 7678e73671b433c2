// Keys by what is printed on them.

/** What a key types on a Latin keyboard: where it types Hangul, the letter beside it.
 *  @param {{key: string, code: string}} event */
export const latinKey = ({ key, code }) => (/^[ㄱ-ㆎ]$/.test(key) ? code.replace(/^Key/, "").toLowerCase() : key);

/** Whether a key is pressed for the browser or the system, as Alt and an arrow for Back.
 *  @param {{ctrlKey: boolean, metaKey: boolean, altKey: boolean}} event */
export const isBrowsers = ({ ctrlKey, metaKey, altKey }) => ctrlKey || metaKey || altKey;
