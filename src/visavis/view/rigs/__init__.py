"""Heads of other people's making: one file a format, one promise (`rig.Rig`)."""
