"""Any of the ways to give weights, and as many blocks as are needed."""

import re

import pytest

from corewidgets.features.weights import load_weights


@pytest.mark.parametrize("n_blocks", [0, 6, -1])
def test_number_of_blocks(n_blocks):
    message = f"n_blocks must be 1 to 5, the blocks of VGG-16, not {n_blocks}."
    with pytest.raises(ValueError, match=re.escape(message)):
        load_weights(n_blocks=n_blocks)
