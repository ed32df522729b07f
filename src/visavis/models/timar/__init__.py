"""TIMAR: turn-level interleaved masked autoregression (arXiv 2512.15340)."""
