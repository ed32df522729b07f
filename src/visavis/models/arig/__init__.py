"""ARIG: one frame at a time, from what both people have just said and done, and the state their conversation is in."""
