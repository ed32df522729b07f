"""Pictures: heads drawn off screen, films, plots."""
