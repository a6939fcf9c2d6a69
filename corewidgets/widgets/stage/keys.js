// What a key is called, as "b", "ctrl+z" or "ArrowLeft".

// The name by the letter, and the name by the key's place on a keyboard with Latin letters where the letter is in
// another script: Ctrl+Z is at its place on a Russian keyboard too. Digits are at their places where a layout has
// them with Shift only.
export function keyNames(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const named = (name) => {
    const control = event.ctrlKey || event.metaKey ? "ctrl+" : "";
    const shift = event.shiftKey && (control || name.length > 1) ? "shift+" : "";
    return `${control}${event.altKey ? "alt+" : ""}${shift}${name}`;
  };
  const place = placed(event, key);
  return place === null ? [named(key)] : [named(key), named(place)];
}

// Of the names of a key, that which a tool knows; the first where it knows none.
export function knownName(event, known) {
  const names = keyNames(event);
  return names.find((name) => known.includes(name)) ?? names[0];
}

function placed(event, key) {
  if (key.length !== 1) return null;
  const code = event.code ?? "";
  if (/^Digit\d$/.test(code)) return event.shiftKey || /\d/.test(key) ? null : code.slice(5);
  if (key <= "~") return null; // a letter that is printed on the key
  if (/^Key[A-Z]$/.test(code)) return code.slice(3).toLowerCase();
  return { BracketLeft: "[", BracketRight: "]" }[code] ?? null;
}
