"""Figures and the report, drawn with matplotlib."""
