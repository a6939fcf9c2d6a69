"""What is measured: the real section 72-2 where it is at hand, else a synthetic core of the same size."""

from __future__ import annotations

import corewidgets as cw


def section_72_2() -> cw.Sample:
    """Return section 72-2 and its labels, or say that a synthetic core of that size stands in for it."""
    try:
        return cw.chicxulub_72_2()
    except OSError as error:
        print(f"Section 72-2 is not at hand ({error}); a synthetic core of the same size stands in for it.")
        return cw.sample_core(n_rows=2693, n_columns=396)
