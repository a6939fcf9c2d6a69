"""How the site is made: the documents as they are, the notebooks, every public name from its docstring."""

import os
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

import corewidgets

project = "corewidgets"
author = "The corewidgets developers"
release = version = corewidgets.__version__

extensions = ["myst_nb", "numpydoc", "sphinx.ext.autodoc", "sphinxcontrib.mermaid"]
root_doc = "docs/site/index"
include_patterns = ["*.md", "docs/**", "notebooks/*", "weights/README.md"]
exclude_patterns = ["docs/examples/**", "docs/images/**"]

myst_fence_as_directive = ["mermaid"]
myst_heading_anchors = 4
myst_enable_extensions = ["dollarmath"]
nb_execution_mode = os.environ.get("DOCS_NOTEBOOKS", "cache")  # "off" shows them without results
nb_execution_cache_path = str(Path(__file__).parents[2] / ".cache" / "notebooks")  # run again if they change
nb_execution_in_temp = True
nb_execution_timeout = 900  # seconds per cell
nb_execution_raise_on_error = True
nb_mime_priority_overrides = [("*", "application/vnd.jupyter.widget-view+json", None)]  # the tools' pictures
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
autodoc_typehints = "none"  # the docstrings say them
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = f"corewidgets {version}"


def setup(app: Sphinx) -> None:
    """Leave out what is not ours, and see that no public name is left out."""
    app.connect("autodoc-skip-member", _is_made_by_others)
    app.connect("build-finished", _check_names)


def _is_made_by_others(_app: Sphinx, _what: str, name: str, thing: Any, *_: Any) -> bool | None:
    """Return True for what scikit-learn and named tuples add to a class, else leave it to Sphinx."""
    is_routing = name.endswith("_request") or name == "get_metadata_routing"
    return True if is_routing or str(thing.__doc__).startswith("Alias for field number") else None


def _check_names(app: Sphinx, error: Exception | None) -> None:
    if error is None:
        described = set(app.env.get_domain("py").objects)
        missing = [name for name in corewidgets.__all__ if f"corewidgets.{name}" not in described]
        if missing:
            raise ValueError(f"The reference lacks public names: {', '.join(missing)}; give them docstrings.")
