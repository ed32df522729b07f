"""What motion does: head turns, gaze, lips, nods, smiles, blinks; from motion and voice to curves and events."""
