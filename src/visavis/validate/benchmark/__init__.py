"""The benchmark: a model's motion for every clip of a data folder, scored beside baselines."""
