"""Drawing from a model: noise processes, solvers, guidance. Sees callables, never networks."""
