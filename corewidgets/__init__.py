"""From a photograph of drill core to a map of rock types.

Public names are imported on first use: ``import corewidgets`` starts no accelerator and reads no file.
"""

import lazy_loader as _lazy

__version__ = "0.2.0.dev0"

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
