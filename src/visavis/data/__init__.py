"""Recordings: sound and motion files, data folders and their check, training windows."""
