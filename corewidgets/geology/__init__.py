"""What a map says of the rock: proportions by depth, clasts."""
