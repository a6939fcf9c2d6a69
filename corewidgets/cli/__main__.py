"""Lets ``python -m corewidgets.cli`` do what ``corewidgets`` does."""

import sys

from corewidgets.cli import main

if __name__ == "__main__":
    sys.exit(main())
