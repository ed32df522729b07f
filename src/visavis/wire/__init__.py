"""Faces that leave the machine: live outputs of a session. The only door to the network."""
