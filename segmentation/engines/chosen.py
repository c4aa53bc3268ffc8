"""The engine this deployment works with."""

from django.conf import settings
from django.utils.module_loading import import_string

from segmentation.engines.base import Engine, EngineError

ENGINES = {
    "dask": "segmentation.engines.dask.DaskEngine",
    "local": "segmentation.engines.local.LocalEngine",
}
"""Imported when asked for, so that nobody needs the packages of an engine not in use."""


def chosen_engine() -> Engine:
    """The engine named by SEGMENTATION_ENGINE.

    Raises
    ------
    EngineError
        If there is none of that name, or what it needs is missing.
    """
    name = settings.SEGMENTATION_ENGINE
    if name not in ENGINES:
        known = ", ".join(sorted(ENGINES))
        raise EngineError(f"SEGMENTATION_ENGINE names {name!r}; there are: {known}.")
    return import_string(ENGINES[name])()
