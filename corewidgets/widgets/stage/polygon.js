// A polygon whose corners are set by clicks stays open until it is closed or given up, whatever tool is taken in
// between: its corners are work too.

const DROPS = ["Backspace", "ctrl+z", "z"];

// What a key does to an open polygon of `n` corners: "close", "drop" its last corner, "give up", or null. While
// a tool is taken that draws around nothing (`lasso` is false), undo takes back what that tool did.
export function polygonKey(name, n, lasso) {
  if (!n) return null;
  if (name === "Enter") return "close";
  if (name === "Escape") return "give up";
  return lasso && DROPS.includes(name) ? "drop" : null;
}

// What to say when the tool is changed while `n` corners are set, or ""; `key` chooses the tool that set them.
export function polygonNotice(n, lasso, key) {
  return n && !lasso
    ? `The polygon is still open: Enter closes it, ${key.toUpperCase()} goes on with it, Esc gives it up`
    : "";
}
