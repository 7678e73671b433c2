// The parts of a network as a tree, and its visible parts: a closed part represents all its layers.

/** A layer or a part of several.
 *  @typedef {{
 *    id: string, kind: string, title: string, layer: number | null, first: number, count: number, level: number,
 *    parent: Part | null, parts: Part[], leaves: number[],
 *  }} Part */

/** The tree from Python's parts: numbers of layers, and {id, kind, title, parts}.
 *  @param {any[]} given
 *  @param {{title: string}[]} layers
 *  @param {Part | null} parent
 *  @returns {Part[]} */
export function grow(given, layers, parent = null) {
  return given.map((each) => {
    const leaf = typeof each === "number";
    /** @type {Part} */
    const part = {
      id: leaf ? `${each}` : each.id,
      kind: leaf ? "layer" : each.kind,
      title: leaf ? layers[each].title : each.title,
      layer: leaf ? each : null,
      first: 0,
      count: 0,
      level: parent ? parent.level + 1 : 1,
      parent,
      parts: [],
      leaves: leaf ? [each] : [],
    };
    if (!leaf) {
      part.parts = grow(each.parts, layers, part);
      part.leaves = part.parts.flatMap(({ leaves }) => leaves);
    }
    part.first = part.leaves[0];
    part.count = part.leaves.length;
    return part;
  });
}

/** All parts, each before its own parts.
 *  @param {Part[]} parts
 *  @returns {Part[]} */
export const all = (parts) => parts.flatMap((part) => [part, ...all(part.parts)]);

/** The parts that are on the map, in the order of the tree: those in open ones too.
 *  @param {Part[]} parts
 *  @param {Set<string>} open  ids
 *  @returns {Part[]} */
export const shown = (parts, open) =>
  parts.flatMap((part) => (isOpen(part, open) ? [part, ...shown(part.parts, open)] : [part]));

/** @param {Part} part
 *  @param {Set<string>} open */
export const isOpen = (part, open) => part.parts.length > 0 && open.has(part.id);

/** The closed part, or the layer, that represents each layer.
 *  @param {Part[]} parts  those that are shown
 *  @param {Set<string>} open
 *  @returns {Map<number, Part>} */
export function standing(parts, open) {
  const found = new Map();
  for (const part of parts) if (!isOpen(part, open)) for (const leaf of part.leaves) found.set(leaf, part);
  return found;
}

/** The connections between visible parts: each pair once, with the layer that it comes from.
 *  @param {{inputs: number[]}[]} layers
 *  @param {Map<number, Part>} at  from `standing`
 *  @returns {{from: Part, to: Part, layer: number}[]} */
export function connections(layers, at) {
  const seen = new Set();
  const found = [];
  layers.forEach(({ inputs }, k) => {
    for (const source of inputs) {
      const [from, to] = [at.get(source), at.get(k)];
      if (!from || !to || from === to || seen.has(`${from.id} ${to.id}`)) continue;
      seen.add(`${from.id} ${to.id}`);
      found.push({ from, to, layer: source });
    }
  });
  return found;
}

/** Open a part's ancestors.
 *  @param {Part} part
 *  @param {Set<string>} open */
export function reveal(part, open) {
  for (let above = part.parent; above; above = above.parent) open.add(above.id);
}

/** The layers whose title, name or kind has some words, in order.
 *  @param {{title: string, name: string, kind: string}[]} layers
 *  @param {string} words */
export function search(layers, words) {
  const wanted = words.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (!wanted.length) return [];
  const has = ({ title, name, kind }) => {
    const own = `${title} ${name} ${kind}`.toLowerCase();
    return wanted.every((word) => own.includes(word));
  };
  return layers.flatMap((layer, k) => (has(layer) ? [k] : []));
}
