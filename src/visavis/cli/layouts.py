"""Layouts that the command is given: a file, or words, which an endpoint reads where one is configured."""

from __future__ import annotations

import os
from collections.abc import Mapping

from visavis.cli.shared import tell, warn
from visavis.core.errors import VisavisError
from visavis.core.layout import Layout, read_layout
from visavis.models.talking_together.layout import UnderstoodLayout, understand_layout
from visavis.models.talking_together.layout_chat import (
    MOST_TOKENS,
    TEMPERATURE,
    layout_of_answer,
    messages,
    schema,
)
from visavis.wire.chat import CHAT, Question, ask
from visavis.wire.endpoint import TIMEOUT_S, configured


def asked_layout(given: str, environment: Mapping[str, str] | None = None) -> Layout:
    """The layout of a .json file, or of words; on standard error stands how they were understood.

    Words go to the endpoint that the environment (None: of this process) names. Where that fails they are read here
    as without one, and a warning says why. Raises `VisavisError` for files and words that say no layout.
    """
    if given.strip().lower().endswith(".json"):
        return read_layout(given.strip())
    understood = _answered(given, os.environ if environment is None else environment) or understand_layout(given)
    tell(f"layout: {understood.note}")
    return understood.layout


def _answered(text: str, environment: Mapping[str, str]) -> UnderstoodLayout | None:
    """What the configured endpoint makes of words, None without one and where it fails."""
    try:
        endpoint = configured(CHAT, environment, TIMEOUT_S)
        if endpoint is None:
            return None
        question = Question(messages(text), schema(), TEMPERATURE, MOST_TOKENS)
        return UnderstoodLayout(layout_of_answer(ask(endpoint, question)), (f"as {endpoint.model} says",))
    except VisavisError as error:
        warn(f"{error}; the layout is read here instead")
        return None
