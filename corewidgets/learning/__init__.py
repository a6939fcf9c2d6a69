"""From labelled pixels to a map: what is learned from, the model, and its file."""
