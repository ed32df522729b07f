"""Faces: a stylised head driven by motion, films with sound, plots. It needs only motion and sound."""
