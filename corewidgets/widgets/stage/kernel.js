// What a person is told about strokes that the kernel has not taken: it is busy, cannot be reached, or is gone.

const GONE = ["dead", "terminating", "unknown"];
const RESTARTED = ["restarting", "autorestarting"];

const counted = (n) => (n === 1 ? "1 stroke" : `${n} strokes`);
const lost = (n) => (n ? `; ${counted(n)} did not reach it: draw ${n === 1 ? "it" : "them"} again` : "");

// How it stands: "alive", "unreachable", "gone" or "restarted". `kernel` is JupyterLab's connection, null after a
// shutdown and undefined where a page does not tell; `knows` is whether this kernel has the tool.
export function stateOf(kernel, knows) {
  if (kernel === null || (kernel && GONE.includes(kernel.status))) return "gone";
  if (!knows || (kernel && RESTARTED.includes(kernel.status))) return "restarted";
  return kernel && (kernel.connectionStatus ?? "connected") !== "connected" ? "unreachable" : "alive";
}

// Whether what is sent now will never be taken.
export const isLost = (state) => state === "gone" || state === "restarted";

// What to say while `n` strokes wait, or "" where there is nothing to say.
export function noticeOf(state, status, n) {
  if (state === "gone")
    return `The kernel is gone${lost(n)}. Restart it and run the cell again; saved strokes come back`;
  if (state === "restarted")
    return `The kernel has ended and was started anew${lost(n)}. Run the cell again; saved strokes come back`;
  if (!n) return state === "unreachable" ? "There is no connection to the kernel" : "";
  const waits = `${counted(n)} ${n === 1 ? "waits" : "wait"} for it`;
  if (state === "unreachable") return `There is no connection to the kernel: ${waits}`;
  return status === "idle" ? `The kernel does not answer: ${waits}` : `The kernel is busy: ${waits}`;
}
