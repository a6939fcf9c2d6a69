"""A workbench on a page of JupyterLab, as a hand uses it; in the kernel it is called `bench`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .jupyterlab import Lab, StagePage

CLASTS = {"60:160, 40:120": (190, 150, 110), "200:300, 120:220": (40, 60, 50)}


def photograph_cell(file: str, clasts: Mapping[str, tuple[int, int, int]] = CLASTS) -> str:
    """Return a cell that writes a photograph of grey rock, 360 x 240, with clasts: where, and their color."""
    lines = [f"rock[{where}] = {color}" for where, color in clasts.items()]
    return "\n".join(
        [
            "import numpy as np",
            "from PIL import Image",
            "texture = np.random.default_rng(0).integers(-12, 12, (360, 240, 1))",
            "rock = np.full((360, 240, 3), 90) + texture",
            *lines,
            f"Image.fromarray(rock.astype(np.uint8)).save({file!r})",
        ]
    )


class WorkbenchPage:
    """A workbench on a page.

    Parameters
    ----------
    lab : Lab
    """

    def __init__(self, lab: Lab) -> None:
        self.lab, self.page = lab, lab.page

    def stage(self) -> StagePage:
        """Return the core that is labelled."""
        return StagePage(self.lab, "bench.labeler.stage")

    def open_photograph(self, name: str) -> None:
        """Click a photograph in the strip, and wait until its tools have taken the place of those before."""
        palette = self.page.locator(".cw-palette:visible").element_handle()
        changes = self.lab.ask_json("bench.section.name") != name
        self.page.locator(".cw-strip-row", has_text=name).click()
        self.lab.wait_for("bench.section.name", name)
        self.page.locator(".cw-strip-row[aria-selected=true]", has_text=name).wait_for()
        if changes:
            palette.wait_for_element_state("hidden")

    def choose_class(self, name: str) -> None:
        """Click a class in the list."""
        exact = re.compile(rf"^\s*{re.escape(name)}\s*$")
        self.page.locator(".cw-palette:visible .cw-name").filter(has_text=exact).click()
        self.lab.wait_for("bench.labeler.selected_class", name)

    def press(self, name: str) -> None:
        """Click a button."""
        exact = re.compile(rf"^\s*{re.escape(name)}\s*$")
        self.page.locator("button:visible").filter(has_text=exact).click()

    def turn_to(self, page: str, title: str) -> None:
        """Change to another page of the workbench."""
        exact = re.compile(rf"^\s*{re.escape(title)}\s*$")
        self.page.locator(".cw-pages button").filter(has_text=exact).click()
        self.lab.wait_for("bench.page", page)

    def paint(self, stage: StagePage, *pixels: tuple[int, int]) -> None:
        """Drag the brush over positions of the image, and wait until the kernel has the labels."""
        row, column = pixels[-1]
        code = self.lab.ask_json("bench.labeler.code")
        stage.drag(*(stage.of_pixel(*pixel) for pixel in pixels))
        self.lab.wait_for(f"int(bench.labels[{row}, {column}])", code)

    def predicted(self, row: int, column: int) -> Any:
        """Return the name of the class that the map shows."""
        return self.lab.ask_json(
            "None if bench.segmentation is None "
            f"else bench.legend.name(int(bench.segmentation[{row}, {column}]))"
        )

    def check_errors(self) -> None:
        """Fail where a tool has shown an error, or a script of the page."""
        for messages in ("bench.messages", "bench.labeler.messages", "bench.trainer.messages"):
            assert self.lab.ask_json(f"{messages}.error and str({messages}.error)") is None
        assert self.lab.script_errors == []
