"""The photograph on the screen: where it lies, what is drawn over it, and what the hand does there."""
