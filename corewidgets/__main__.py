"""Lets ``python -m corewidgets`` do what ``corewidgets`` does."""

import sys

from corewidgets.cli import main

if __name__ == "__main__":
    sys.exit(main())
