// Skip connections among the rows of a stack. A row that joins takes the output of the row above it, and that
// of a row further up, its source. In the stack's text it holds over how many rows it reaches back, its span;
// here that follows the source when rows move.

/** A block of a stack: its kind, and the value of each setting.
 *  @typedef {{kind: string} & Record<string, any>} Block */
/** @typedef {{index: number, source: number}} Skip  the row that joins, and the row whose output it takes */

/** The source that is no row: the picture above them all. */
export const IMAGE = -1;

/** The row whose output the row at `index` takes besides, by its span.
 *  @param {number} index
 *  @param {number} span */
export const sourceOf = (index, span) => Math.max(IMAGE, index - 1 - span);

/** The span of the row at `index` that takes the output of `source`; the first row can only take the image twice.
 *  @param {number} index
 *  @param {number} source */
export const spanTo = (index, source) => Math.max(1, index - 1 - source);

/** The skip connections of a stack, by the rows in which they end.
 *  @param {Block[]} blocks
 *  @param {(kind: string) => string | undefined} settingOf the name of a kind's span, if it has one
 *  @returns {Skip[]} */
export function skipsOf(blocks, settingOf) {
  return blocks.flatMap((block, index) => {
    const setting = settingOf(block.kind);
    return setting ? [{ index, source: sourceOf(index, block[setting]) }] : [];
  });
}

/** Whether a setting has an effect: one that belongs to a choice has none at the choice's first value.
 *  @param {{of: string}} setting
 *  @param {Block} block
 *  @param {{name: string, choices: string[]}[]} settings of the block's kind */
export function counts(setting, block, settings) {
  const choice = settings.find(({ name }) => name === setting.of);
  return !choice || block[choice.name] !== choice.choices[0];
}

/** Whether layers are on the skip connection that ends in a block.
 *  @param {Block} block
 *  @param {{of: string, name: string, choices: string[]}[]} settings of the block's kind */
export const hasLayersOnSkip = (block, settings) => settings.some((each) => each.of && counts(each, block, settings));

/** A block with another value of a setting. Settings that come into effect by it begin as they fit, and those that
 *  have none any more are as in a new block.
 *  @param {Block} block
 *  @param {string} name of the setting
 *  @param {any} value
 *  @param {{of: string, name: string, choices: string[]}[]} settings of the block's kind
 *  @param {Block} fresh a new block of that kind
 *  @param {Record<string, any> | null | undefined} fit the settings that fit, if it is known */
export function withSetting(block, name, value, settings, fresh, fit) {
  const begins = settings.some((each) => each.of === name && !counts(each, block, settings));
  const result = { ...block, ...(begins ? fit : null), [name]: value };
  for (const each of settings) if (!counts(each, result, settings)) result[each.name] = fresh[each.name];
  return result;
}

/** The blocks in another order, each of which still takes the outputs of the same blocks; where one is gone, that of
 *  the row above it. Or the skip connection for which that cannot be: its source would not be above it, with a row
 *  between them.
 *  @param {Block[]} blocks
 *  @param {(number | Block)[]} order for each new row the old one, or a new block
 *  @param {(kind: string) => string | undefined} settingOf
 *  @returns {{blocks: Block[]} | {broken: Skip}} */
export function reordered(blocks, order, settingOf) {
  const indices = new Map([[IMAGE, IMAGE]]);
  const result = order.map((each, index) => {
    if (typeof each !== "number") return each;
    indices.set(each, index);
    return blocks[each];
  });
  for (const skip of skipsOf(blocks, settingOf)) {
    const index = indices.get(skip.index);
    if (index === undefined) continue;
    let { source } = skip;
    while (!indices.has(source)) source -= 1;
    const to = /** @type {number} */ (indices.get(source));
    if (to > index - 2 && skip.index > 0) return { broken: skip };
    const setting = /** @type {string} */ (settingOf(result[index].kind));
    result[index] = { ...result[index], [setting]: spanTo(index, to) };
  }
  return { blocks: result };
}

/** The lane of each skip connection, from 0 next to the rows: shorter ones are nearer, and none overlap.
 *  @param {Skip[]} skips
 *  @returns {number[]} */
export function lanesOf(skips) {
  const lanes = skips.map(() => -1);
  const order = [...skips.keys()].sort((a, b) => length(skips[a]) - length(skips[b]));
  for (const k of order) {
    const taken = skips.flatMap((other, n) => (lanes[n] >= 0 && overlap(skips[k], other) ? [lanes[n]] : []));
    lanes[k] = 0;
    while (taken.includes(lanes[k])) lanes[k] += 1;
  }
  return lanes;
}

const length = ({ index, source }) => index - source;
const overlap = (a, b) => a.source < b.index && b.source < a.index;

/** The source for a new row that joins at `index`: the nearest row, over two rows or more, then over one, that makes
 *  the output shape of the row above; undefined if there is none.
 *  @param {(number[] | undefined)[]} shapes the output shape of each row, as far as known
 *  @param {number} index */
export function fittingSource(shapes, index) {
  const wanted = String(shapes[index - 1]);
  const rows = [...Array(Math.max(0, index - 1)).keys()].reverse();
  const found = [...rows.slice(1), ...rows.slice(0, 1)].find((row) => shapes[row] && String(shapes[row]) === wanted);
  return shapes[index - 1] && found;
}
