"""Drawing from a model: processes, parameterisations, solvers, guidance. Sees callables, never networks."""
