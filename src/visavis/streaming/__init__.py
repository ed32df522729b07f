"""Live: a session takes sound and motion as they come and gives frames on the audio clock."""
