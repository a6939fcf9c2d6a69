"""Weights of VGG-16's convolutions: the bundled set, or a file of the user's own.

Every set is checked against the network's template before it is used, carries the preprocessing of its own
family, and has a digest of its content which does not depend on the file format it was read from.
"""

from __future__ import annotations

from pathlib import Path

from corewidgets.features.vgg_table import N_BLOCKS
from corewidgets.features.weight_files import load_file
from corewidgets.features.weight_folder import load_bundled, load_folder
from corewidgets.features.weight_set import Preprocessing, Weights

__all__ = ["Preprocessing", "Weights", "load_weights"]


def load_weights(source: str | Path | None = None, *, n_blocks: int = N_BLOCKS) -> Weights:
    """Load VGG-16's convolutions, checked against the template.

    Parameters
    ----------
    source : path, optional
        None takes the bundled weights (torchvision's vgg16-397923af) and reads only the files of the blocks
        asked for. Otherwise the path of

        * a torchvision ``state_dict`` of vgg16, ``.safetensors``, or ``.pth`` / ``.pt`` where torch is
          installed; a prefix ``module.`` and the classifier's layers are ignored;
        * Keras's ``vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5`` (``.h5``, ``.hdf5``), which comes with
          another preprocessing: BGR in 0..255 minus a mean;
        * a folder laid out as the bundled one, with a ``manifest.json``.
    n_blocks : int, default 5
        How many of the five blocks are needed, 1 to 5. The digest is that of all five in any case.

    Returns
    -------
    Weights
        float32; kernels (3, 3, n_inputs, n_outputs).

    Raises
    ------
    FileNotFoundError
        If there is no such file, or a bundled one is missing.
    ValueError
        If a file is damaged, of an unknown kind, or not VGG-16's: the first array which differs is named
        with both shapes.
    OSError
        If the system cannot read the file.
    ImportError
        If a ``.pth`` is given and torch is not installed.

    Examples
    --------
    >>> load_weights(n_blocks=1).kernels["conv1_2"].shape
    (3, 3, 64, 64)
    """
    if not 1 <= n_blocks <= N_BLOCKS:
        raise ValueError(f"n_blocks must be 1 to {N_BLOCKS}, the blocks of VGG-16, not {n_blocks}.")
    if source is None:
        return load_bundled(n_blocks)
    path = Path(source).expanduser()
    if path.is_dir():
        return load_folder(path, n_blocks)
    return load_file(path, n_blocks)
