"""No value gets into a page as HTML unless it is some."""

from __future__ import annotations

import jinja2
import pytest

from corewidgets.markup import html, joined

BAD = "<img src=x onerror='alert(\"1\")'> & {{ 7 * 7 }}"


@pytest.mark.parametrize(
    "template", ["<p>{{ text }}</p>", '<p title="{{ text }}">', "<p title='{{ text }}'>"]
)
def test_values_are_escaped_in_text_and_in_attributes(template):
    made = html(template, text=BAD)
    inside = made[template.index("{{") : len(made) - len(template.split("}}")[1])]
    assert not set(inside) & set("<>\"'")
    assert "{{ 7 * 7 }}" in inside  # a text of users is no template
    assert "&amp; " in inside


def test_html_is_not_escaped_twice():
    inner = html("<b>{{ text }}</b>", text="a & b")
    outer = html("<ul>{% for one in all %}<li>{{ one }}</li>{% endfor %}</ul>", all=[inner, "c & d"])
    assert outer == "<ul><li><b>a &amp; b</b></li><li>c &amp; d</li></ul>"
    assert joined(inner, " <i>") == "<b>a &amp; b</b> &lt;i&gt;"


def test_a_forgotten_value_is_an_error():
    with pytest.raises(jinja2.UndefinedError, match="'name' is undefined"):
        html("<p>{{ name }}</p>")
