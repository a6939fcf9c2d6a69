// Where a photograph lies on a canvas: zoom and pan. Only arithmetic, the same as in viewport.py: both are tested on
// the cases of tests/widgets/stage/viewport_cases.json. Positions in the image are (row, column), an integer is the
// middle of a pixel; positions on the canvas are (x, y) in canvas pixels. A view is what `Viewport.to_dict` gives.

const ROW_AXIS = { 0: [0, 1], 90: [1, 0], 180: [0, -1], 270: [-1, 0] };
const COLUMN_AXIS = { 0: [1, 0], 90: [0, -1], 180: [-1, 0], 270: [0, 1] };
const MAX_MAGNIFICATION = 64; // page pixels for one pixel of the image

export const middle = (view) => [view.left + view.width / 2, view.top + view.height / 2];
export const turnedAcross = (view) => view.rotation === 90 || view.rotation === 270;
export const inside = (view, x, y) =>
  x >= view.left && x < view.left + view.width && y >= view.top && y < view.top + view.height;

export function toCanvas(view, row, column) {
  const [mx, my] = middle(view);
  const down = (row - view.row) * view.scale;
  const across = (column - view.column) * view.scale;
  const r = ROW_AXIS[view.rotation];
  const c = COLUMN_AXIS[view.rotation];
  return [mx + down * r[0] + across * c[0], my + down * r[1] + across * c[1]];
}

export function toImage(view, x, y) {
  const [mx, my] = middle(view);
  const right = (x - mx) / view.scale;
  const down = (y - my) / view.scale;
  const r = ROW_AXIS[view.rotation];
  const c = COLUMN_AXIS[view.rotation];
  return [view.row + right * r[0] + down * r[1], view.column + right * c[0] + down * c[1]];
}

// Shows nothing past the ends of the image, where that is possible.
export function kept(view) {
  const along = turnedAcross(view) ? [view.width, view.height] : [view.height, view.width];
  const limit = (center, size, visible) =>
    visible >= size
      ? (size - 1) / 2
      : Math.min(Math.max(center, visible / 2 - 0.5), size - 0.5 - visible / 2);
  return {
    ...view,
    row: limit(view.row, view.n_rows, along[0] / view.scale),
    column: limit(view.column, view.n_columns, along[1] / view.scale),
  };
}

// Centers an image that is seen whole; else keeps the middle of the view on the image.
function clamped(view) {
  if (view.scale <= view.fit * (1 + 1e-9)) return kept(view);
  return {
    ...view,
    row: Math.min(Math.max(view.row, -0.5), view.n_rows - 0.5),
    column: Math.min(Math.max(view.column, -0.5), view.n_columns - 0.5),
  };
}

export function zoomed(view, factor, x, y) {
  const scale = Math.min(
    Math.max(view.scale * factor, Math.min(view.fit, view.unit) / 2),
    MAX_MAGNIFICATION * view.unit,
  );
  const [row, column] = toImage(view, x, y);
  const share = view.scale / scale;
  return clamped({
    ...view,
    scale,
    row: row + (view.row - row) * share,
    column: column + (view.column - column) * share,
  });
}

export function panned(view, dx, dy) {
  const [mx, my] = middle(view);
  const [row, column] = toImage(view, mx - dx, my - dy);
  return clamped({ ...view, row, column });
}

export const sameView = (a, b) =>
  a.rotation === b.rotation &&
  a.left === b.left &&
  a.top === b.top &&
  a.width === b.width &&
  a.height === b.height &&
  Math.abs(a.scale / b.scale - 1) < 1e-9 &&
  Math.abs(a.row - b.row) * a.scale < 1e-3 &&
  Math.abs(a.column - b.column) * a.scale < 1e-3;
