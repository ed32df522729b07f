"""Metrics: numbers that compare predicted motion with true motion, and their intervals over clips."""
