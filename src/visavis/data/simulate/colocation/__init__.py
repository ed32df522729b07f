"""Two simulated people in one room: where they are, where they look, and how heads, eyes and bodies do it."""
