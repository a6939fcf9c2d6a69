"""A JupyterLab server of its own, and a page of it: open a notebook, run it, ask its kernel, use the mouse.

Nothing here sleeps for a guessed time: every wait is for something that can be observed.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
import psutil
from playwright.sync_api import Locator, Page

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
STACKS = """
import faulthandler, os, pathlib, signal
_stacks = pathlib.Path({folder!r}, f"{{os.getpid()}}.stacks").open("w")
faulthandler.register(signal.SIGUSR1, file=_stacks, all_threads=True)
del faulthandler, os, pathlib, signal
"""
"""What each kernel runs first, so that `kernel_stacks` can ask it where it stands."""
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as connection:
        connection.bind(("127.0.0.1", 0))
        return connection.getsockname()[1]


def _write_settings(folder: Path) -> None:
    """Attach all cells (outputs off the screen would not be rendered otherwise), ask nothing about news."""
    for extension, plugin, values in (
        ("notebook-extension", "tracker", {"windowingMode": "none"}),
        ("apputils-extension", "notification", {"fetchNews": "false", "checkForUpdates": False}),
    ):
        path = folder / "@jupyterlab" / extension / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(values))


def _write_startup(ipython: Path, stacks: Path) -> None:
    startup = ipython / "profile_default" / "startup" / "00-stacks.py"
    startup.parent.mkdir(parents=True)
    stacks.mkdir()
    startup.write_text(STACKS.format(folder=str(stacks)))


def kernel_stacks(private: Path) -> str:
    """Return where the threads of the kernels stand that do not just wait: what hangs explains itself."""
    texts = []
    for file in sorted((private / "stacks").glob("*.stacks")):
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(int(file.stem))
            if "ipykernel_launcher" not in process.cmdline():
                continue
            process.send_signal(signal.SIGUSR1)
            time.sleep(0.5)  # it has no way to say that it is done
            threads = [text for text in file.read_text().split("\n\n") if "corewidgets" in text]
            texts.append("\n\n".join([f"Kernel {file.stem}, {process.status()}", *threads]))
    return "\n".join(texts)


@contextlib.contextmanager
def jupyterlab_server(
    notebooks: Path,
    private: Path,
    variables: Mapping[str, str] | None = None,
    *,
    application: str = "jupyterlab",
    prefix: str = "",
) -> Iterator[tuple[str, str]]:
    """Serve `notebooks`, with all settings and state in `private`; gives the address and the token.

    Parameters
    ----------
    notebooks, private : Path
    variables : mapping, optional
        Environment variables that the kernels shall have.
    application : str
        The module that is run: "jupyterlab" or "notebook".
    prefix : str
        Path below which all of it is served, such as "/user/geologist".
    """
    port, token = free_port(), secrets.token_hex(16)
    _write_settings(private / "user-settings")
    _write_startup(private / "ipython", private / "stacks")
    environment = {
        **os.environ,
        **(variables or {}),
        "JUPYTER_CONFIG_DIR": str(private / "config"),
        "JUPYTER_DATA_DIR": str(private / "data"),
        "JUPYTER_RUNTIME_DIR": str(private / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(private / "user-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(private / "workspaces"),
        "IPYTHONDIR": str(private / "ipython"),
        "JUPYTER_PLATFORM_DIRS": "1",
    }
    options = [
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={notebooks}",
        f"--ServerApp.base_url={prefix}/",
        "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    log_path = private / "server.log"
    with log_path.open("w") as log:
        command = [sys.executable, "-m", application, *options]
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=notebooks
        )
        address = f"http://127.0.0.1:{port}{prefix}"
        try:
            wait_for_answer(f"{address}/api/status?token={token}", process, log_path)
            yield address, token
        finally:
            _stop(process, f"{address}/api/shutdown?token={token}")


def wait_for_answer(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server answers; what it wrote is in the error where it does not."""
    deadline = time.monotonic() + 90
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended at once:\n{log.read_text()[-4000:]}")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                answer.read()
        except OSError:
            if time.monotonic() > deadline:
                raise TimeoutError(f"The server did not answer:\n{log.read_text()[-4000:]}") from None
            time.sleep(0.1)
        else:
            return


def _stop(process: subprocess.Popen[bytes], url: str) -> None:
    """Ask the server to stop, which ends its kernels too; kill it where it does not."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=5) as answer:
            answer.read()
    except OSError:
        process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def write_notebook(path: Path, *cells: str) -> Path:
    """Write a notebook of code cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in cells], metadata={"kernelspec": kernel}
    )
    nbformat.write(notebook, path)
    return path


_CELLS = """window.jupyterapp.shell.currentWidget.content.widgets.map(c => c.model)
.filter(model => model.type === 'code' && model.sharedModel.getSource().trim())"""
_OUTPUTS = """window.jupyterapp.shell.currentWidget.content.widgets
.filter(c => c.model.type === 'code').flatMap(c => c.model.outputs.toJSON())"""
_KERNEL = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
_ASK = """async ([code, seconds]) => {
  const kernel = KERNEL;
  let out = '';
  const f = kernel.requestExecute({ code, store_history: false, stop_on_error: false });
  f.onIOPub = (m) => {
    if (m.header.msg_type === 'stream') out += m.content.text;
    if (m.header.msg_type === 'error') out += m.content.traceback.join('\\n');
  };
  const done = f.done.then(() => true);
  for (const end = Date.now() + 1000 * seconds; Date.now() < end; ) {
    if (await Promise.race([done, new Promise((later) => setTimeout(later, 10_000))])) return out;
    if (kernel.status === 'idle') kernel.requestKernelInfo(); // or it may leave a request unread
  }
  return null;
}""".replace("KERNEL", _KERNEL)
"""Run code and give what it prints; null where the kernel does not answer in time."""


def _has_run(count: int | None, state: str) -> bool:
    return count is not None and state != "running"


# Tools measure themselves and name their parts a moment after the last change, and where a machine is busy
# a moment is long: so many looks in a row have to find the same, and between two the page has drawn.
_STILL = """async ([looks, between]) => {
  const drawn = () => new Promise((later) => requestAnimationFrame(later));
  const look = () => [...document.querySelectorAll('.jp-OutputArea-output *')].map((part) => {
    const { x, y, width, height } = part.getBoundingClientRect();
    return [x, y, width, height, part.ariaLabel, part.title].join();
  }).join(';');
  for (let same = 0, before = look(); same < looks; ) {
    await new Promise((later) => setTimeout(later, between));
    await drawn();
    const now = look();
    same = now === before ? same + 1 : 0;
    before = now;
  }
}"""


class Lab:
    """A page of JupyterLab with one notebook.

    Attributes
    ----------
    route : str
        Where below the server's address a notebook is opened.
    """

    route = "doc/tree"

    def __init__(self, page: Page, address: str, token: str) -> None:
        self.page, self.address, self.token = page, address, token
        self.console: list[str] = []
        page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.console.append(f"pageerror: {error}"))

    @property
    def script_errors(self) -> list[str]:
        """What scripts raised, and what they wrote as errors."""
        return [line for line in self.console if line.startswith("pageerror") or "corewidgets" in line]

    # --- notebook and kernel ----------------------------------------------------------------------

    def open(self, name: str, theme: str = "light") -> None:
        """Open a notebook alone on the page, and wait for its kernel."""
        self.page.goto(f"{self.address}/{self.route}/{name}?token={self.token}&reset")
        self.wait_open()
        self.set_theme(theme)

    def set_theme(self, theme: str) -> None:
        """Change to the "light" or the "dark" theme; the server remembers it, hence always chosen."""
        if self.page.evaluate("() => document.body.dataset.jpThemeLight") == str(theme == "light").lower():
            return
        self.page.evaluate(
            "async (theme) => await window.jupyterapp.commands.execute('apputils:change-theme', {theme})",
            f"JupyterLab {theme.capitalize()}",
        )
        self.page.wait_for_function(
            """(light) => document.body.dataset.jpThemeLight === light
            && document.getElementById('jupyterlab-splash') === null""",  # which covers the page meanwhile
            arg=str(theme == "light").lower(),
        )

    def wait_open(self) -> None:
        """Wait until the notebook is there and its kernel answers."""
        self.page.wait_for_function("() => window.jupyterapp !== undefined", timeout=60_000)
        self.page.evaluate("async () => { await window.jupyterapp.restored }")
        self.page.wait_for_function(
            """() => { const w = window.jupyterapp.shell.currentWidget;
            return !!(w && w.content && w.content.widgets && w.sessionContext) }""",
            timeout=60_000,
        )
        self.page.evaluate(
            """async () => { const w = window.jupyterapp.shell.currentWidget;
            await w.revealed; await w.context.ready; await w.sessionContext.ready; }"""
        )
        self.ask("pass", 90)
        self.wait_idle()

    def wait_idle(self) -> None:
        """Wait until the kernel has nothing to do."""
        self.page.wait_for_function(
            """() => { const s = window.jupyterapp.shell.currentWidget.sessionContext;
            return s.session && s.session.kernel && s.session.kernel.status === 'idle' }""",
            timeout=120_000,
        )

    def wait_still(self) -> None:
        """Wait until the kernel idles and nothing moves on the page any more, nor gets another name."""
        self.wait_idle()
        self.page.evaluate(_STILL, [12, 100])
        self.wait_idle()

    def run_all(self) -> None:
        """Run all cells; an error in one fails the test."""
        self._start_cells()
        if not self._cells_end():
            self.ask("pass", 90)  # the kernel may have left a request unread until this one
            if all(count is None for count, _ in self._cells()):
                self._start_cells()  # JupyterLab has lost the command
            self._cells_end()
        errors = self.page.evaluate(
            f"() => {_OUTPUTS}.filter(o => o.output_type === 'error').flatMap(o => o.traceback)"
        )
        if errors:  # the cells below do not run then
            raise AssertionError("A cell failed:\n" + "\n".join(errors))
        states = self._cells()
        if not all(_has_run(*state) for state in states):
            raise AssertionError(f"Not all cells have run: {states}, {self.console[-5:]}")
        self.wait_idle()

    def _start_cells(self) -> None:
        self.page.evaluate(
            "async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells') }"
        )

    def _cells(self) -> list[tuple[int | None, str]]:
        """Return the number and the state of each cell with code."""
        return list(self.page.evaluate(f"() => {_CELLS}.map(c => [c.executionCount, c.executionState])"))

    def _cells_end(self, seconds: float = 300, most_idle: float = 20) -> bool:
        """Wait until all cells have run, or the kernel idles for long though they have not."""
        begin = busy = time.monotonic()
        while not (ended := all(_has_run(*state) for state in self._cells())):
            now = time.monotonic()
            if self._status() != "idle":
                busy = now
            if now - busy > most_idle or now - begin > seconds:
                break
            self.page.wait_for_timeout(50)
        return ended

    def _status(self) -> str | None:
        """Return what the kernel does: "idle" or "busy"."""
        return self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status"
        )

    def outputs(self) -> list[dict[str, Any]]:
        """Return what the cells show: for each output its texts and pictures by their type."""
        return list(self.page.evaluate(f"() => {_OUTPUTS}.filter(o => o.data).map(o => o.data)"))

    def close(self) -> None:
        """End the kernel and close the page, once."""
        if self.page.is_closed():
            return
        self.page.evaluate(
            "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown() }"
        )
        self.page.close()

    def restart_kernel(self) -> None:
        """End the kernel and start it anew, as the menu does."""
        self.page.evaluate(
            """async () => { const s = window.jupyterapp.shell.currentWidget.sessionContext;
            await s.session.kernel.restart() }"""
        )
        self.ask("pass", 90)
        self.wait_idle()

    def reload(self) -> None:
        """Load the page again, as F5 does; the kernel goes on."""
        self.page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.context.save() }")
        self.page.reload()
        self.wait_open()

    def ask(self, code: str, seconds: float = 300) -> str:
        """Run code in the notebook's kernel and return what it prints; the page does not notice."""
        out = self.page.evaluate(_ASK, [code, seconds])
        if out is None:
            raise AssertionError(f"No answer in {seconds} s: {code}, {self._status()}, {self.console[-5:]}")
        return str(out).strip()

    def ask_json(self, expression: str) -> Any:
        """Return the value of an expression in the kernel."""
        answer = self.ask(f"import json; print(json.dumps({expression}))")
        try:
            return json.loads(answer)
        except json.JSONDecodeError:
            raise AssertionError(f"{expression} gave:\n{answer}") from None

    def wait_for(self, expression: str, expected: Any = True, seconds: float = 20.0) -> None:
        """Wait until an expression in the kernel has a value: messages of the browser take their time.

        An expression that raises (the last edit where there is none yet) is asked again, too.
        """
        deadline = time.monotonic() + seconds
        while True:
            found: Any
            try:
                found = self.ask_json(expression)
            except AssertionError as error:
                found = error
            if found == expected:
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"{expression} is {found!r}, not {expected!r}, after {seconds} s.")
            self.page.wait_for_timeout(50)


class StagePage:
    """A stage on a page of JupyterLab: positions are canvas pixels of it.

    Parameters
    ----------
    lab : Lab
    name : str
        Expression in the kernel for the Stage.
    number : int
        Which of the stages on the page it is, from 0.
    """

    def __init__(self, lab: Lab, name: str, number: int = 0) -> None:
        self.lab, self.page, self.name = lab, lab.page, name
        self.canvas: Locator = self.page.locator(".cw-body > canvas").nth(number)
        self.ink: Locator = self.page.locator(".cw-ink-root").nth(number)
        self.canvas.wait_for(state="visible", timeout=8_000)
        self.ink.wait_for(state="visible", timeout=8_000)
        self.ink.scroll_into_view_if_needed()
        self.wait_drawn()

    def wait_drawn(self) -> None:
        """Wait until the page shows the last picture that the kernel has drawn."""
        self.lab.wait_idle()
        self.page.wait_for_function(
            "(canvas) => canvas.getContext('2d').getImageData(2, 2, 1, 1).data[3] === 255",
            arg=self.canvas.element_handle(),
            timeout=8_000,
        )

    def on_page(self, x: float, y: float) -> tuple[float, float]:
        """Return where a position of the canvas is on the page."""
        box = self.ink.bounding_box()
        width, height = self.canvas.evaluate("canvas => [canvas.width, canvas.height]")
        return box["x"] + x * box["width"] / width, box["y"] + y * box["height"] / height

    def of_pixel(self, row: float, column: float) -> tuple[float, float]:
        """Return where on the canvas the kernel says that a position of the image is."""
        x, y = self.lab.ask_json(f"{self.name}.viewport.to_canvas({row}, {column})")
        return x, y

    def color(self, x: float, y: float) -> tuple[int, int, int]:
        """Return the color of the stage's own canvas at a position: what the kernel has drawn."""
        pixel = self.canvas.evaluate(
            "(canvas, at) => Array.from(canvas.getContext('2d').getImageData(at[0], at[1], 1, 1).data)",
            [int(x), int(y)],
        )
        return tuple(pixel[:3])

    def ink_color(self, x: float, y: float) -> tuple[int, int, int, int]:
        """Return red, green, blue and opacity of the ink that the layer shows at a position."""
        pixel = self.ink.locator(".cw-ink-strokes").evaluate(
            "(canvas, at) => Array.from(canvas.getContext('2d').getImageData(at[0], at[1], 1, 1).data)",
            [int(x), int(y)],
        )
        return tuple(pixel)

    def wait_color(self, x: float, y: float, near: tuple[int, int, int], tolerance: int = 12) -> None:
        """Wait until a position has nearly this color."""
        self.page.wait_for_function(
            """([canvas, x, y, near, tolerance]) => {
            const d = canvas.getContext('2d').getImageData(x, y, 1, 1).data;
            return near.every((value, i) => Math.abs(value - d[i]) <= tolerance) }""",
            arg=[self.canvas.element_handle(), int(x), int(y), list(near), tolerance],
            timeout=15_000,
        )

    def drag(self, *points: tuple[float, float], steps: int = 6, button: str = "left") -> None:
        """Press at the first position, move through the others, release at the last."""
        mouse = self.page.mouse
        mouse.move(*self.on_page(*points[0]))
        mouse.down(button=button)
        for point in points[1:]:
            mouse.move(*self.on_page(*point), steps=steps)
        mouse.up(button=button)

    def click(self, x: float, y: float, **options: Any) -> None:
        """Click at a position."""
        self.page.mouse.click(*self.on_page(x, y), **options)
