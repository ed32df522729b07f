"""Scores of models: metrics, the benchmark that computes them over a dataset, and reports of it."""
