"""Scores: the DualTalk protocol, reactions, lips, seams, reactivity, and the evaluation that combines them."""
