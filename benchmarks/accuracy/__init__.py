"""How right each method is about rock it was not shown: ``python -m benchmarks.accuracy --help``."""
