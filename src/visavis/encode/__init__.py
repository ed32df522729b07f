"""Clips to features: speech encoders and speech activity, whole or chunk by chunk."""
