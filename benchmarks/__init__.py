"""The figures that the README promises, measured again: ``python -m benchmarks --help``."""
