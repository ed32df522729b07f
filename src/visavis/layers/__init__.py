"""The parts that models are made of; torch only."""
