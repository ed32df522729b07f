"""Models: one folder and one spec each; a model never imports another."""
