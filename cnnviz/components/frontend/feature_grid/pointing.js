// Pointer and keys on cards, lens and picture.

import { isBrowsers } from "../shared/keys.js";
import { pointerOn, shareOn } from "../shared/zoom.js";
import { drillDown } from "./drill_door.js";
import { cellInMosaic, within } from "./geometry.js";
import { invalidate, lensLayout, MARGIN, openPage, peakPosition, select } from "./state.js";

const FAST = 1.2; // px/ms: a pointer on its way to somewhere else selects only where it rests
const REST_MS = 70;

/** The position under the pointer on a card's surface. */
function positionAt(view, card, event) {
  const layer = view.layers[card.index];
  if (card.bars) {
    const [, down] = shareOn(card.bars, event);
    return {
      layer: card.index,
      map: 0,
      row: 0,
      col: within(Math.floor(down * layer.width), layer.width),
    };
  }
  const [x, y] = pointerOn(card.canvas, event);
  const { columns, cell } = card.layout;
  if (layer.isVector) {
    const col = within(Math.floor(y / cell), Infinity) * columns + within(Math.floor(x / cell), columns);
    return col < layer.width ? { layer: card.index, map: 0, row: 0, col } : null;
  }
  const found = cellInMosaic({ ...card.layout, count: layer.count, height: layer.height, width: layer.width }, x, y);
  return found && { layer: card.index, ...found };
}

/** Open a map in place; where that is not offered, the page that explains it, unless a finger only points. */
export function openMap(view, position) {
  if (view.scene.drill) drillDown.open(view, position);
  else if (!view.touch) {
    select(view, position);
    openPage(view);
  }
}

/** A card is made again with each network, so it listens by itself: what `view.on` binds stays until the view ends. */
export function watchSurface(view, card) {
  const { surface } = card;
  let last = null;
  surface.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") return; // that is scrolling
    const passed = last && event.timeStamp - last.timeStamp;
    const speed =
      last && passed < 100 ? Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) / passed : 0;
    last = event;
    clearTimeout(view.resting);
    const position = positionAt(view, card, event);
    // on the way up to the lens a pointer crosses other maps: they must not steal the selection
    if (speed > FAST) view.resting = setTimeout(() => select(view, position), REST_MS);
    else select(view, position);
  });
  surface.addEventListener("pointerleave", () => {
    last = null;
    clearTimeout(view.resting);
  });
  surface.addEventListener("click", (event) => {
    const position = positionAt(view, card, event);
    select(view, position);
    if (position) openMap(view, position);
  });
  surface.addEventListener("focus", () => {
    if (surface.matches(":focus-visible") && view.position.layer !== card.index) {
      const layer = view.layers[card.index];
      select(
        view,
        peakPosition(
          layer,
          layer.chain === view.layers[view.position.layer].chain ? view.position.map : layer.strongest,
        ),
      );
    }
  });
  surface.addEventListener("keydown", (event) => {
    if (isBrowsers(event)) return;
    const layer = view.layers[card.index];
    const columns = card.bars ? 1 : card.layout.columns;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (event.key === "Enter") openMap(view, view.position);
    else if (by) {
      // the pointer may have chosen a cell of another layer meanwhile, which this one need not have
      const from = view.position.layer === card.index ? view.position : peakPosition(layer, layer.strongest);
      const map = from.map + by;
      if (layer.isVector) select(view, { ...from, col: within(from.col + by, layer.width) });
      else if (map >= 0 && map < layer.count) select(view, { ...from, map });
    } else return;
    event.preventDefault();
  });
}

export function watchLens(view, canvas) {
  const selectAt = (event) => {
    const layer = view.layers[view.position.layer];
    const { columns, rows, cell, x, y } = lensLayout(view, layer);
    const [right, down] = pointerOn(canvas, event);
    const row = within(Math.floor((down - y) / cell), rows);
    const col = within(Math.floor((right - x) / cell), columns);
    select(view, {
      ...view.position,
      ...(layer.isVector ? { row: 0, col: within(row * columns + col, layer.width) } : { row, col }),
    });
  };
  view.on(canvas, "pointermove", selectAt);
  view.on(canvas, "click", (event) => {
    selectAt(event);
    openMap(view, view.position);
  });
  view.on(canvas, "keydown", (event) => {
    if (isBrowsers(event)) return;
    const layer = view.layers[view.position.layer];
    const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
      event.key
    ] ?? [0, 0];
    if (event.key === "Enter") openMap(view, view.position);
    else if (down || right) {
      const fold = layer.isVector ? lensLayout(view, layer).columns : 0;
      const row = within(view.position.row + (fold ? 0 : down), layer.height);
      select(view, { ...view.position, row, col: within(view.position.col + right + down * fold, layer.width) });
    } else return;
    event.preventDefault();
  });
}

export function watchPicture(view, canvas) {
  const show = (pixel) => {
    if (view.pixel?.row === pixel?.row && view.pixel?.col === pixel?.col) return;
    view.pixel = pixel;
    invalidate(view, "position");
  };
  const showAt = (event) => {
    const [col, row] = pointerOn(canvas, event).map((p) => Math.floor(p / view.unit) - MARGIN);
    show(row >= 0 && row < view.picture.rows && col >= 0 && col < view.picture.cols ? { row, col } : null);
  };
  view.on(canvas, "pointermove", showAt);
  view.on(canvas, "pointerdown", showAt);
  view.on(canvas, "pointerleave", () => show(null));
}
