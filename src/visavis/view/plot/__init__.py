"""Plots: what motion and voices do over time, as statistics, and against the truth."""
