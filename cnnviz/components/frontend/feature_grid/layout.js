// The cards in rows for the width there is.

import { density } from "../shared/canvas.js";
import { headerHeight, make } from "../shared/elements.js";
import { noteLine } from "./cards.js";
import { cardsAcross, cardWidths, evenly, foldColumns, mosaicColumns, rowsOf, TILE_GAP } from "./geometry.js";
import { gutterWidth } from "./routes.js";
import { planSkips } from "./skips.js";
import { MARGIN } from "./state.js";

const CARD_PADDING = { wide: 7, narrow: 2 }; // px: beside the maps; as in feature_grid.css
const FINGER = 40; // px: a map's side, at least, where fingers press it
const TIGHT = 210; // px: below this a card's header takes three lines
const CRAMPED = 790; // px: below this the answer needs the room that pictures would take
const USUAL_CARD = 180; // px: in a wider one beside or in a tall column, maps and cells are larger, not more in a row
const STAGE_COLUMN = 1.6; // cards wide is the tall column on the lecture's stage, where its numbers are written large
const VECTOR_HEIGHT = { row: 112, column: 66 }; // px: a dense layer's cells, in its own row or stacked

/** Put the cards into rows for the width there is, and size every picture. */
export function arrange(view) {
  const { root, layers, cards } = view;
  const width = (view.width = root.clientWidth);
  view.ratio = density();
  const gutter = gutterWidth(view.skips);
  const across = width - gutter; // of the rows
  root.style.setProperty("--top", `${headerHeight()}px`);
  view.barWidth = null;
  root.classList.toggle("narrow", width < 620);
  root.classList.toggle("medium", width >= 620 && width < 1000);
  const cramped = width >= 620 && width < CRAMPED;
  root.classList.toggle("cramped", cramped);
  const room = width < 620 ? (width - 30) / 2 : cramped ? 150 : width < 880 ? 190 : 216;
  view.unit = Math.floor(room / (view.picture.side + 2 * MARGIN)); // px of one pixel of the input picture

  const inFlow = layers.filter(({ answer }) => !answer);
  const vectors = inFlow.filter(({ isVector }) => isVector);
  const rows = rowsOf(
    inFlow.filter(({ isVector }) => !isVector),
    across,
  );
  const stacked =
    rows.length === 1 &&
    rows[0].length < cardsAcross(across, rows[0][0].count) &&
    vectors.length > 0 &&
    vectors.length < 5 &&
    !view.skips.length;
  const vectorRows = stacked || !vectors.length ? [] : evenly(vectors, Math.max(1, Math.floor(across / 230)));
  const groups = [
    ...rows.map((row) => row.map((layer) => [layer])),
    ...vectorRows.map((row) => row.map((layer) => [layer])),
  ];
  if (stacked) groups[0].push(vectors);
  root.classList.toggle("stacked", stacked); // the tall column leaves room under the maps

  const arrangement = JSON.stringify(groups.map((row) => row.map((group) => group.map(({ name }) => name))));
  if (arrangement !== view.arranged) placeCards(view, groups);
  view.arranged = arrangement;
  if (gutter) view.flow.style.setProperty("--gutter", `${gutter}px`);
  planSkips(view, groups);
  const padding = CARD_PADDING[width < 620 ? "narrow" : "wide"];
  const least = width < 620 || window.matchMedia("(pointer: coarse)").matches ? FINGER : 0;
  const column = stacked && document.documentElement.dataset.zoom ? STAGE_COLUMN : 1;
  root.style.setProperty("--column", String(column));
  for (const row of groups) {
    const inner = cardWidths(row.length, across, column).map((card) => card - 2 * padding);
    row.forEach((group, k) => {
      for (const layer of group)
        sizeCard(cards[layer.index], layer, inner[k], row[0][0], { stacked, least, usual: inner[0] });
    });
  }
}

function placeCards(view, groups) {
  view.flow.replaceChildren();
  let order = 0;
  for (const note of view.scene.before) view.flow.append(noteLine(view, note));
  for (const row of groups) {
    const line = make("div", "row");
    for (const group of row) {
      const holder = make("div", "group");
      holder.style.setProperty("--order", String(order++));
      holder.append(...group.map((layer) => view.cards[layer.index].element));
      line.append(holder);
    }
    view.flow.append(line);
  }
}

function sizeCard(card, layer, inner, first, { stacked, least, usual }) {
  card.element.classList.toggle("tight", inner < TIGHT);
  if (card.bars) return;
  const wider = stacked ? Math.max(1, usual / USUAL_CARD) : 1; // the tall column is wider than the others, not taller
  if (layer.isVector) {
    const columns = foldColumns(layer.width, inner, stacked ? wider * VECTOR_HEIGHT.column : VECTOR_HEIGHT.row);
    const cell = Math.max(2, Math.floor(inner / columns));
    card.layout = { columns, cell, width: columns * cell, height: Math.ceil(layer.width / columns) * cell };
    return;
  }
  // the same count in the same row: the same columns, so that map k stays where it is
  const side = layer.count === first.count ? first.height : layer.height;
  const columns = mosaicColumns(layer.count, inner, side, wider, least);
  const tile = Math.floor((inner - (columns - 1) * TILE_GAP) / columns);
  const span = (n) => n * (tile + TILE_GAP) - TILE_GAP;
  card.layout = { columns, tile, width: span(columns), height: span(Math.ceil(layer.count / columns)) };
}
