"""HTML from templates: every value is escaped, unless it is HTML from here already."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

__all__ = ["Markup", "html", "joined"]

_ENVIRONMENT = Environment(autoescape=True, undefined=StrictUndefined)


def html(template: str, /, **values: Any) -> Markup:
    """Fill a template of Jinja; what is put in is escaped.

    Parameters
    ----------
    template : str
        A constant of the program, never a text of users.
    **values : object
        What the template names.

    Returns
    -------
    Markup
        HTML, which is not escaped again.

    Raises
    ------
    jinja2.UndefinedError
        The template names something that is not given.

    Examples
    --------
    >>> name = html("<b>{{ name }}</b>", name="Chert & <mud>")
    >>> html("<p>{{ name }}, {{ share }}</p>", name=name, share=">1%")
    Markup('<p><b>Chert &amp; &lt;mud&gt;</b>, &gt;1%</p>')
    """
    return Markup(_template(template).render(values))  # noqa: S704 - the environment escapes


def joined(*parts: str) -> Markup:
    """Put pieces after each other; those that are no HTML are escaped."""
    return Markup("").join(parts)


@cache
def _template(source: str) -> Template:
    return _ENVIRONMENT.from_string(source)
