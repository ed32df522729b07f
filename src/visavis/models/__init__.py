"""Rooms: one folder a model; a room never imports another room."""
