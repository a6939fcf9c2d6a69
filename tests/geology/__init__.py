"""Tests of geology."""
