"""What a geologist drew: classes, labels, polygons, edits, and the files that they come in."""
