"""Notebook widgets: views of a core in JupyterLab, to draw on and to look at.

Every name is imported on first use.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
