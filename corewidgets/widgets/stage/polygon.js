// A polygon whose corners are set by clicks stays open until it is closed or given up, whatever tool is taken in
// between: its corners are work too.

const DROPS = ["Backspace", "ctrl+z", "z"];

// What a key does to an open polygon of `n` corners: "close", "drop" its last corner, "give up", or null. While
// another tool is taken, undo takes back what that tool did.
export function polygonKey(name, n, mode) {
  if (!n) return null;
  if (name === "Enter") return "close";
  if (name === "Escape") return "give up";
  return mode === "polygon" && DROPS.includes(name) ? "drop" : null;
}

// What to say when the tool is changed to `mode` while `n` corners are set, or "".
export function polygonNotice(n, mode) {
  return n && mode !== "polygon"
    ? "The polygon is still open: Enter closes it, P goes on with it, Esc gives it up"
    : "";
}
