"""Tests of cores."""
