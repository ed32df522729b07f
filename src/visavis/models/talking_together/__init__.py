"""Talking Together: two people in one room from one recording of both (arXiv 2603.08674)."""
