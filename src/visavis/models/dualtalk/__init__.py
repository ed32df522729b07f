"""DualTalk: one network for talking and listening, the benchmark's baseline (arXiv 2505.18096)."""
