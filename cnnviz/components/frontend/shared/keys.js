// Keys by what is printed on them.

/** What a key types on a Latin keyboard: where it types Hangul, the letter beside it.
 *  @param {{key: string, code: string}} event */
export const latinKey = ({ key, code }) => (/^[ㄱ-ㆎ]$/.test(key) ? code.replace(/^Key/, "").toLowerCase() : key);
