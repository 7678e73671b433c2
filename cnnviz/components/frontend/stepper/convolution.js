// The arithmetic of a convolution: patch times kernel, channel by channel, and the sum of all products.

import { make, setText } from "../shared/elements.js";
import { cellNumber, fill, number, numberEms, term } from "../shared/numbers.js";
import { addLine, longest, paintResult, styleMath } from "./arithmetic.js";
import { buildChannelSums } from "./channel_sums.js";
import { at2, indices, inputAt, isInserted, planCells, TYPE } from "./geometry.js";
import { brightness, numberGrid, setNumber, signed } from "./number_grid.js";
import { channelName, lineAt, sumAt } from "./position.js";

/** Ems of the longest number in a cell of the input, the kernel or the products. */
export function widest(scene, digits) {
  const limit = Math.max(...scene.limits.x);
  return Math.max(
    longest(
      scene.x,
      digits.x,
      limit,
      scene.x.data.some((value) => value < 0),
    ),
    ...Array.from(scene.kernel.data, (value) => numberEms(cellNumber(value, digits.kernel))),
    longest(scene.x, digits.product, limit * scene.limits.kernel || 1, true),
  );
}

/** Build it; return the function that updates it for an output cell. */
export function buildConv(view) {
  const { scene, math, text } = view;
  const [kh, kw] = scene.size;
  const channels = scene.x.shape[2];
  const many = channels > 3;
  const kernelLimit = scene.limits.kernel;
  const bare = channels === 1;
  const scales = {
    x: scene.limits.x.map((limit) => (scene.rgb ? brightness(scene) : signed(limit, view.signs))),
    kernel: signed(kernelLimit, view.signs),
    product: scene.limits.x.map((limit) => signed(limit * kernelLimit, view.signs)),
  };
  const digits = { ...scene.step.digits };
  const { sign } = view.layout;
  const planned = () => planCells(view.layout.math, kw, widest(scene, digits), bare, view.rem, view.floor, sign);
  let cells = planned();
  for (let most = 2; most > 0 && cells.type < TYPE.poor; most--) {
    // a large kernel: one decimal is better than no number; a cell that is pointed at shows three
    for (const kind of ["x", "kernel", "product"]) digits[kind] = Math.min(digits[kind], most);
    cells = planned();
  }
  math.className = `math${cells.stacked ? " stacked" : ""}${bare ? " bare" : ""}`;
  styleMath(math, { w: cells.w, h: cells.h, type: cells.type, across: kw, rem: view.rem, sign });
  math.replaceChildren();

  let bars = null;
  if (many) {
    bars = buildChannelSums(view, digits.sum);
    math.append(bars.node);
  }
  const heads = make("div", "heads");
  for (const [name, className] of [
    ["", "name"],
    [text.patch, ""],
    ["", "gap"],
    [text.kernel, ""],
    ["", "gap"],
    [text.products, ""],
    [text.sum, "sum"],
  ])
    heads.append(make("span", className, name));
  math.append(heads);

  const blocks = (many ? [null] : [...Array(channels).keys()]).map((fixed) => {
    const row = make("div", "row");
    const name = make("span", "name");
    const sum = make("span", "sum");
    const grids = { patch: null, kernel: null, product: null };
    for (const kind of Object.keys(grids)) {
      grids[kind] = numberGrid(kh, kw, kind, kind === "patch" ? "patch" : "", !cells.type);
    }
    row.append(
      name,
      grids.patch.node,
      make("span", "sign", "×"),
      grids.kernel.node,
      make("span", "sign", "="),
      grids.product.node,
      sum,
    );
    math.append(row);
    return { fixed, name, sum, grids };
  });
  const add = make("div", "add");
  const all = many ? addLine(add, fill(text.all_channels, { n: channels })) : null;
  const alone = bare && scene.bias !== 0 ? addLine(add, text.sum) : null;
  const bias = scene.bias !== 0 ? addLine(add, text.bias) : null;
  if (!bare || bias) add.append(make("span", "rule"));
  const result = addLine(add, "=", "result");
  const equals = result.previousElementSibling;
  math.append(add);
  if (bias) bias.textContent = term(scene.bias, digits.sum);

  return (i, j) => {
    const rows = indices(scene.rows, i);
    const cols = indices(scene.cols, j);
    blocks.forEach(({ fixed, name, sum, grids }, order) => {
      const c = fixed ?? view.channel;
      setText(name, channelName(view, c));
      if (scene.rgb && !bare) name.dataset.colour = c;
      for (let a = 0; a < kh; a++)
        for (let b = 0; b < kw; b++) {
          const k = a * kw + b;
          const value = inputAt(scene, rows[a], cols[b], c);
          const weight = scene.kernel.data[k * channels + c];
          const product = (value ?? 0) * weight;
          const inserted = value !== null && isInserted(scene, rows[a], cols[b]);
          const [seen, empty] = inserted ? [null, "inserted"] : [value, "padding"];
          setNumber(grids.patch.cells[k], cellNumber(value ?? 0, digits.x), seen, scales.x[c], empty);
          setNumber(grids.kernel.cells[k], cellNumber(weight, digits.kernel), weight, scales.kernel);
          setNumber(grids.product.cells[k], cellNumber(product, digits.product), product, scales.product[c]);
          const marked = view.touched?.k === k && view.touched.kind !== "sum";
          for (const kind of Object.keys(grids)) grids[kind].cells[k].cell.classList.toggle("marked", marked);
        }
      const total = sumAt(view, i, j, c);
      setText(
        sum,
        order === 0 && !many
          ? number(total, digits.sum)
          : many
            ? `= ${number(total, digits.sum)}`
            : term(total, digits.sum),
      );
    });
    bars?.update(i, j);
    if (alone) setText(alone, number(sumAt(view, i, j, 0), digits.sum));
    if (all) setText(all, number(at2(scene.totals, i, j), digits.sum));
    setText(equals, lineAt(view, 1, i, j));
    paintResult(result, at2(scene.output_0, i, j), scene.limits.output[0], digits.sum, view);
  };
}
