"""Measurements of a system on this machine."""
