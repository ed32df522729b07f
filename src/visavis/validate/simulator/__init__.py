"""The simulated conversation judged: what the best model could score on it, and whether its heads pass for real."""
