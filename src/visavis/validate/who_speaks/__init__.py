"""How well it is told who speaks in a mixed recording, beside other ways to tell it."""
