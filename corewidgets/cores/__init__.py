"""Photographs, sections, boxes and the table of a core."""
