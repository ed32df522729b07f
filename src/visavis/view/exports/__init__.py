"""Motion in the formats that other programs open."""
