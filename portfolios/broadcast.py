"""Group names of portfolios, and saying that a ledger has changed."""

import logging

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)


def group_of(number):
    """Channel group of everyone who watches the portfolios of an investor."""
    return f"portfolios.{number}"


def announce_change(number):
    """Tell open pages of the investor that the ledger has changed.

    The ledger is already written: a broker that is away costs the pages their refresh, no more.
    """
    try:
        async_to_sync(get_channel_layer().group_send)(
            group_of(number), {"type": "portfolio.changed"}
        )
    except Exception:
        logger.warning("Could not announce a change of the portfolio of C-%s", number)
