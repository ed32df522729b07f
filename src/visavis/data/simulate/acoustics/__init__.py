"""What a microphone, a room and a line do to a voice; sound never moves in time, so phoneme times stay exact."""
