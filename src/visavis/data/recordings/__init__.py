"""Recordings of real people as clips of a data folder: with phoneme labels, with words, or with captured faces."""
