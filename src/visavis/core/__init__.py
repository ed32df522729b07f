"""The words of the house; importing it makes the built-in motion spaces known."""

from visavis.core import builtin_spaces as builtin_spaces
