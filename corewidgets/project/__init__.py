"""All of a user's work on a hole: one folder of plain files."""
