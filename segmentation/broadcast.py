"""Tell open segment pages that the picture changed."""

import logging

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

GROUP = "segments"

log = logging.getLogger(__name__)


def announce_change(*, run_number: int, version: int) -> None:
    """Send `segments.changed` to every open page; a broker that is down only delays them."""
    message = {"type": "segments.changed", "run": run_number, "version": version}
    try:
        async_to_sync(get_channel_layer().group_send)(GROUP, message)
    except Exception:
        log.warning("open segment pages could not be told of version %s", version, exc_info=True)
