"""What simulated people say: sources of phrases behind one contract, `source.Script`."""
