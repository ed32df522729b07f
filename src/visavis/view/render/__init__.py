"""The renderer: posed heads, cameras and lamps to pictures, on the processor, off screen."""
