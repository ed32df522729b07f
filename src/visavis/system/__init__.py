"""The whole: a recipe becomes model, encoder and sampler; the only place (with cli) where names meet classes."""
