"""Notebook widgets: views of a core in JupyterLab, to draw on and to look at.

Every name is imported on first use.
"""

from typing import Any

import lazy_loader as _lazy

from corewidgets.extras import import_needed

_imported, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name in __all__:
        for package in ("ipywidgets", "ipycanvas", "anywidget"):
            import_needed(package, f"cw.{name}")
    return _imported(name)
