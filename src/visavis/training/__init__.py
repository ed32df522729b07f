"""Learning: objectives, recipes and one visible loop."""
