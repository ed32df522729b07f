"""A conversation as one page for the browser: heads in 3-D, sound, curves; nothing is loaded from elsewhere."""
