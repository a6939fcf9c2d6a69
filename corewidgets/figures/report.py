"""A report of a run over a core: one HTML page that needs nothing else, to read, print and hand on."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from corewidgets import __version__
from corewidgets.atomic import atomic_write
from corewidgets.batch import CoreRun, read_run
from corewidgets.cores.core import Core
from corewidgets.cores.section import CoreSection
from corewidgets.figures.depth import plot_depth_log, thin_photograph
from corewidgets.figures.recovery import recovery_figures, recovery_parts
from corewidgets.figures.report_page import (
    figure_picture,
    figures,
    map_picture,
    named_values,
    page,
    photograph_picture,
    swatch,
    table,
)
from corewidgets.figures.summary import core_loss, flag_summary, hole_picture, proportion_bar
from corewidgets.geology.depthlog import DepthLog, depth_log
from corewidgets.markup import Markup, html
from corewidgets.scoring.drift import Drift
from corewidgets.scoring.evaluation import Evaluation
from corewidgets.scoring.meanings import MEANINGS
from corewidgets.scoring.protocols import PROTOCOLS

__all__ = ["write_report"]

_INTERVALS = 80  # of the strip log, at most
_HEIGHTS = ((60, 420), (300, 260), (math.inf, 160))  # up to so many sections, pictures of so many pixels
_LARGEST_SHARES = 4
_FEW_FLAGS = 3  # are listed at once
_DPI = 110

_REPLACED = (
    "The photograph was replaced after it was segmented: the map is of the earlier one. Start the run again."
)

_CARDS = """\
<div class="sections">
{% for card in cards %}{{ card }}
{% endfor %}</div>"""

_CARD = """\
<div class="section{{ " flagged" if notes else "" }}"><h3>{{ name }}</h3>\
<div class="pictures">{{ picture.photograph }}{{ picture.map }}</div>\
<div class="words">\
<p class=soft>{{ depths }}<br>unsure {{ unsure }}, not rock {{ not_rock }}</p>\
<ul>{% for rock, share in shares %}<li>{{ rock }} {{ share }}</li>{% endfor %}</ul>\
{% for note in notes %}<p class="flag">{{ note }}</p>{% endfor %}</div></div>"""


def write_report(
    run: CoreRun | str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    drift: Drift | None = None,
    scores: Evaluation | Mapping[str, Any] | None = None,
    interval: float | None = None,
    title: str = "",
    recovery: Any = None,
) -> None:
    """Write the results of a run over a core as one HTML page, without a network and without scripts.

    The page shows the reliability of the maps first: sections that failed, scores on labels held out,
    photographs that differ from those trained on. Then the strip log, each photograph beside its map,
    settings and versions. Of a run without a map it shows why each section failed.

    Parameters
    ----------
    run : CoreRun or path
        The run, or its folder.
    path : str or path-like
        The page, such as ``report.html``. Pictures are inside; the more sections, the smaller they are.
    drift : Drift, optional
        From `measure_drift`: flags sections by name.
    scores : Evaluation or its `to_dict()`, optional
        By default those that were kept with the run.
    interval : float, optional
        Length of an interval of the strip log in the unit of the core; by default so long that there are 80
        at most.
    title : str, optional
        By default the name of the core.
    recovery : pandas.DataFrame, optional
        From `core_recovery` or `map_recovery`: one row per drill run.

    Raises
    ------
    FileNotFoundError
        There is no run in the folder, or a photograph is gone.
    ValueError
        `scores` are not those of `evaluate`.
    ModuleNotFoundError
        pandas is not installed.
    """
    run = run if isinstance(run, CoreRun) else read_run(run)
    given = run.about.get("scores") if scores is None else scores
    found = _ordered(given.to_dict() if isinstance(given, Evaluation) else given)
    flags = {} if drift is None else {one.name: list(one.reasons) for one in drift}
    for name in run.replaced:
        flags[name] = [_REPLACED, *flags.get(name, [])]
    title = title or run.core.name or "Core"
    maps = _maps(run, flags, interval) if run.done_names else None
    parts = [
        *_head(run, title),
        _key_figures(run, found, drift, recovery),
        *([] if maps is None else maps.summary),
        *_failed(run),
        *_replaced(run),
        html("<h2>Reliability</h2>"),
        *_scores(found),
        *_drift(drift),
        *recovery_parts(recovery, run.core.scale),
        *(_no_maps() if maps is None else maps.parts),
        *_settings(run),
        html("<footer>Written by corewidgets {{ version }}.</footer>", version=__version__),
    ]
    with atomic_write(path) as temporary:
        temporary.write_text(page(title, parts), encoding="utf-8")


# --------------------------------------------------------------------------------------------------- pictures


class _Picture(NamedTuple):
    """Small pictures of a section: its photograph, its map, and the photograph as the strip log has it."""

    photograph: Markup
    map: Markup
    strip: CoreSection


def _pictures(run: CoreRun, log: DepthLog) -> dict[str, _Picture]:
    """Return the pictures of each section that is done; one photograph is held at a time."""
    height = next(height for most, height in _HEIGHTS if len(run.done_names) <= most)
    lanes = [replace(lane, second_file=None) for lane in run.done]
    return {
        section.name: _Picture(
            photograph_picture(section.image, height, f"Photograph of {section.name}"),
            map_picture(segmentation, run.legend, height, f"Map of {section.name}"),
            thin_photograph(section, log),
        )
        for section, segmentation in zip(Core(lanes).sections(), run.segmentations(), strict=True)
    }


class _Maps(NamedTuple):
    """What is seen of the sections that are done."""

    summary: list[Markup]  # for the head of the page
    parts: list[Markup]  # shares, strip log, photographs beside maps


def _maps(run: CoreRun, flags: Mapping[str, Sequence[str]], interval: float | None) -> _Maps:
    """Return what is seen of the sections that are done."""
    length = interval or _nice_interval(run.core.scale.of(run.core.base - run.core.top))
    log = depth_log(run.done, run.segmentations(), run.legend, interval=length, name=run.core.name)
    pictures = _pictures(run, log)
    strips = [picture.strip for picture in pictures.values()]
    summary = [hole_picture(strips, run.core), proportion_bar(run.shares(), run.legend)]
    return _Maps(summary, [*_shares(run), *_strip_log(log, strips), *_sections(run, pictures, flags)])


def _no_maps() -> list[Markup]:
    """Say that no section is done."""
    return [
        html("<h2>Photographs and maps</h2>"),
        html("<p>No section is mapped yet.</p>"),
    ]


def _nice_interval(length: float) -> float:
    """Return 1, 2 or 5 times a power of ten, so that a core of that length has at most 80 of them.

    Examples
    --------
    >>> [_nice_interval(length) for length in (0.6, 14.0, 829.0)]
    [0.01, 0.2, 20.0]
    """
    power = 10.0 ** math.floor(math.log10(length / _INTERVALS))
    return float(
        next(round(step * power, 9) for step in (1, 2, 5, 10) if step * power >= length / _INTERVALS)
    )


def _strip_log(log: DepthLog, photographs: Sequence[CoreSection]) -> list[Markup]:
    """Return the strip log, drawn as a picture."""
    figure = plot_depth_log(log, photographs)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI)
    text = f"Strip log of {log.name or 'the core'}"
    return [
        html("<h2>Strip log</h2>"),
        html(
            "<p class=soft>Intervals of {{ interval }}. Hatched: no photograph or rock. Dark: not rock.</p>",
            interval=log.scale.text(log.interval),
        ),
        figure_picture(buffer.getvalue(), text),
    ]


# ------------------------------------------------------------------------------------------ parts of the page


def _head(run: CoreRun, title: str) -> list[Markup]:
    """Return the title, and what was done when."""
    core, finished = run.core, run.about.get("finished")
    when = "not finished" if finished is None else f"segmented on {finished[:10]}"
    return [
        html("<h1>{{ title }}</h1>", title=title),
        html(
            "<p class=soft>{{ depths }}, {{ n }} sections; {{ when }}</p>",
            depths=f"{core.scale.span(core.top, core.base)} {core.scale.datum}".strip(),
            n=len(core),
            when=when,
        ),
    ]


def _key_figures(
    run: CoreRun, scores: Mapping[str, Any] | None, drift: Drift | None, recovery: Any
) -> Markup:
    """Return the figures to know first."""
    n_failed, n_done = len(run.failed), len(run.done_names)
    values = [
        (f"{n_done} of {len(run.core)}", "sections mapped", "good" if n_done == len(run.core) else "warn")
    ]
    if n_failed:
        values.append((str(n_failed), "sections failed", "bad"))
    if scores is not None:
        name, score = next(iter(scores["scores"].items()))
        values.append((f"{score['weighted_f1']:.2f}", f"weighted F1, {MEANINGS[name].title} held out", ""))
    else:
        values.append(("not scored", "the accuracy is not known", "warn"))
    if drift is not None:
        n_flagged = len(drift.flagged)
        values.append((str(n_flagged), "photographs flagged", "warn" if n_flagged else "good"))
    values.append((f"{core_loss(run.core):.1%}", "of the length has no photograph", ""))
    values += recovery_figures(recovery)
    values += [(f"{share:.0%}", f"of rock is {name}", "") for name, share in list(run.shares().items())[:1]]
    return figures(values)


def _failed(run: CoreRun) -> list[Markup]:
    """Return which sections failed and why."""
    if not run.failed:
        return []
    rows = [
        (name, html('<span class="failure">{{ why }}</span>', why=why)) for name, why in run.failed.items()
    ]
    return [html("<h2>Sections that failed</h2>"), table(["section", "why"], rows)]


def _replaced(run: CoreRun) -> list[Markup]:
    """Return which maps are of other photographs than those beside them."""
    names = run.replaced
    if not names:
        return []
    text = html('<span class="failure">{{ why }}</span>', why=_REPLACED)
    return [
        html("<h2>Photographs that were replaced</h2>"),
        table(["section", "why"], [(name, text) for name in names]),
    ]


def _ordered(scores: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return scores with the protocols in the order of reports; None where there are none."""
    if not scores or not scores.get("scores"):
        return None
    try:
        found = {name: scores["scores"][name] for name in PROTOCOLS if name in scores["scores"]}
        complete = bool(found) and all(float(one["weighted_f1"]) <= 1 for one in found.values())
    except (KeyError, TypeError, ValueError):
        complete = False
    if not complete:
        raise ValueError(
            "The scores are not those that 'evaluate --json' writes, or those of evaluate(...).to_dict(); "
            "give the file as it was written."
        )
    return {**scores, "scores": found}


def _scores(scores: Mapping[str, Any] | None) -> list[Markup]:
    """Return the scores, strict ones first, and what each means."""
    if scores is None:
        return [
            html(
                "<p>No scores were kept with this run, so the accuracy of the maps is not known. Score the "
                "model with <code>evaluate</code>, with whole photographs held out where several are "
                "labelled.</p>"
            )
        ]
    found = scores["scores"]
    rows = [
        [
            MEANINGS[name].title,
            MEANINGS[name].sentence,
            f"{score['weighted_f1']:.3f}",
            f"{score['macro_f1']:.3f}",
        ]
        for name, score in found.items()
    ]
    return [
        html(
            "<p>{{ pixels }} labelled pixels in {{ regions }} regions; each score is of pixels that the "
            "model was not trained on. 1 is perfect.</p>",
            pixels=f"{scores['n_pixels']:,}",
            regions=f"{scores['n_regions']:,}",
        ),
        table(["held out", "meaning", "weighted F1", "macro F1"], rows, numbers=2),
        *_class_scores(*next(iter(found.items()))),
    ]


def _class_scores(name: str, score: Mapping[str, Any]) -> list[Markup]:
    """Return one row per class by one protocol."""
    rows = [
        [row["name"], row["n_regions"], *(f"{row[measure]:.3f}" for measure in ("precision", "recall", "f1"))]
        for row in sorted(score["per_class"], key=lambda row: -row["f1"])
    ]
    parts = [
        html("<p>By class, {{ title }} held out:</p>", title=MEANINGS[name].title),
        table(["class", "regions", "precision", "recall", "F1"], rows, numbers=4),
    ]
    if score["unscored"]:
        names = ", ".join(score["unscored"])
        text = "<p class=soft>Not scored: {{ names }} ({{ why }}).</p>"
        parts.append(html(text, names=names, why=PROTOCOLS[name].single))
    return parts


def _drift(drift: Drift | None) -> list[Markup]:
    """Return which photographs differ from those trained on, and how."""
    if drift is None:
        return [
            html(
                "<p class=soft>The photographs were not compared with those that the model was trained on "
                "(<code>measure_drift</code>).</p>"
            )
        ]
    rows = [
        [
            one.name,
            html('<span class="flag">{{ why }}</span>', why="; ".join(one.reasons)),
            f"{one.novelty:.1f}",
        ]
        for one in drift
        if one.flagged
    ]
    text = f"{len(rows)} of {len(drift)} photographs differ from those that the model was trained on."
    if not rows:
        return [html("<p>{{ text }}</p>", text=text)]
    why = flag_summary([one.reasons for one in drift if one.flagged])
    return [
        html(
            "<p>{{ text }} Do not rely on their maps. {{ why }}.</p>",
            text=text,
            why=why[:1].upper() + why[1:],
        ),
        html(
            "<details{{ state }}><summary>Details</summary>{{ rows }}</details>",
            state=Markup(" open") if len(rows) <= _FEW_FLAGS else "",
            rows=table(["section", "why", "novelty"], rows, numbers=1),
        ),
    ]


def _shares(run: CoreRun) -> list[Markup]:
    """Return the share of each class of the whole core."""
    shares = run.shares()
    most = max(shares.values(), default=1.0)
    rows = [
        [swatch(run.legend, name), _bar(run, name, share / most), f"{share:.1%}"]
        for name, share in shares.items()
    ]
    return [
        html("<h2>Composition of the core</h2>"),
        table(["class", "", "share of rock"], rows, numbers=1),
    ]


def _bar(run: CoreRun, name: str, length: float) -> Markup:
    """Return a bar in the color of a class."""
    color = run.legend.colors[run.legend.code(name) - 1]
    style = f"width:{12 * length:.2f}rem;background:{color}"
    return html('<span class="bar" style="{{ style }}"></span>', style=style)


def _sections(
    run: CoreRun, pictures: Mapping[str, _Picture], flags: Mapping[str, Sequence[str]]
) -> list[Markup]:
    """Return a card a section, photograph and map side by side."""
    done = run.table[run.table["name"].isin(run.done_names)]
    cards = [
        _card(run, pictures[row["name"]], row, flags.get(row["name"], ())) for row in done.to_dict("records")
    ]
    return [html("<h2>Photographs and maps</h2>"), html(_CARDS, cards=cards)]


def _card(run: CoreRun, picture: _Picture, row: Mapping[str, Any], flags: Sequence[str]) -> Markup:
    """Return what is shown of one section."""
    names = [run.legend.name(code) for code in run.legend.rock_codes]
    largest = sorted((-row[f"{rock} share"], rock) for rock in names if row[f"{rock} share"] > 0)
    shares = [(swatch(run.legend, rock), f"{-share:.0%}") for share, rock in largest[:_LARGEST_SHARES]]
    notes = [str(row.get("warning") or "").removeprefix(f"{row['name']}: "), *flags]
    return html(
        _CARD,
        name=row["name"],
        picture=picture,
        depths=run.core.scale.span(row["top"], row["base"]),
        unsure="not known" if math.isnan(row["uncertainty"]) else f"{row['uncertainty']:.0%}",
        not_rock=f"{row['not_rock']:.0%}",
        shares=shares,
        notes=[note for note in notes if note],
    )


def _settings(run: CoreRun) -> list[Markup]:
    """Return with what the run was made."""
    model = dict(run.about.get("model") or {})
    model["training"] = {name: n for name, n in (model.get("training") or {}).items() if name != "classes"}
    times = {name: run.about.get(name) for name in ("started", "finished")}
    about = {"folder": str(run.folder), **times, "model": model}
    settings = {name: value for name, value in run.about["settings"].items() if name != "legend"}
    return [
        html("<h2>Settings and versions</h2>"),
        table(["what", "value"], named_values({**about, "settings": settings})),
    ]
