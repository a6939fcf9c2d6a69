"""Save a tiny state_dict in each of the formats that torch has had; run once, where torch is installed.

    python tests/reference/make_state_dicts.py

Made with torch 2.13.0. Beside arrays named ``features.*`` it holds a classifier, which readers must skip.
"""

from collections import OrderedDict
from pathlib import Path

import torch

FOLDER = Path(__file__).parent


def main() -> None:
    """Write state_dict_zip.pth and state_dict_stream.pth."""
    shared = torch.arange(8, dtype=torch.float32)
    state_dict = OrderedDict(
        {
            "classifier.0.weight": torch.full((2, 3), 7.0),
            "features.0.weight": torch.arange(54, dtype=torch.float32).reshape(2, 3, 3, 3) / 8,
            "features.0.bias": shared[2:4],  # a part of a larger storage
            "features.2.bias": shared[4:8],
        }
    )
    torch.save(state_dict, FOLDER / "state_dict_zip.pth")
    torch.save(state_dict, FOLDER / "state_dict_stream.pth", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main()
