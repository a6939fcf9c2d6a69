"""Lets ``python -m corewidgets.cli`` do what ``corewidgets`` does; ``python -m corewidgets`` is shorter."""

import sys

from corewidgets.cli import main

if __name__ == "__main__":
    sys.exit(main())
