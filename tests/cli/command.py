"""The command as the tests run it."""

from __future__ import annotations

from visavis import cli

SECONDS = 1.3
GENERATE = ("generate", "user.wav", "agent.wav", "--model", "model")


def run(*arguments: str) -> int:
    try:
        return cli.main(arguments)
    except SystemExit as stopped:
        return int(stopped.code or 0)
