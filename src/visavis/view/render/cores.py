"""Who has the processor's cores while a picture is drawn. The one door to threadpoolctl."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

from visavis.core.errors import missing_extra


def unthreaded_products() -> AbstractContextManager[Any]:
    """Within, numpy's matrix products keep to one thread; drawing has the others.

    BLAS threads wait busily for the next product: on two cores they took a third of a film's speed. Pictures need
    small products only. Raises `VisavisError` without threadpoolctl.
    """
    limited: AbstractContextManager[Any] = _pools().limit(limits=1, user_api="blas")
    return limited


@lru_cache(maxsize=1)
def _pools() -> Any:
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError as error:
        raise missing_extra("threadpoolctl", "view", "drawing faces") from error
    return ThreadpoolController()
