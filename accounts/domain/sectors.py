"""The industries an investor can prefer, and their packing into one integer.

The names are the 22 basic industries of the NSE index constituents' lists, spelled as
instruments carry them. The order is part of the stored data: bit ``i`` of a sector mask
is ``SECTORS[i]``. A new industry goes to the end; none is ever removed or moved.
"""

from collections.abc import Iterable

import numpy as np

SECTORS: tuple[str, ...] = (
    "Automobile and Auto Components",
    "Capital Goods",
    "Chemicals",
    "Construction",
    "Construction Materials",
    "Consumer Durables",
    "Consumer Services",
    "Diversified",
    "Fast Moving Consumer Goods",
    "Financial Services",
    "Forest Materials",
    "Healthcare",
    "Information Technology",
    "Media Entertainment & Publication",
    "Metals & Mining",
    "Oil Gas & Consumable Fuels",
    "Power",
    "Realty",
    "Services",
    "Telecommunication",
    "Textiles",
    "Utilities",
)

_BIT = {sector: 1 << position for position, sector in enumerate(SECTORS)}
FULL_MASK = (1 << len(SECTORS)) - 1


def sector_mask(sectors: Iterable[str]) -> int:
    """Pack sector names into a bit mask.

    Parameters
    ----------
    sectors : iterable of str
        Names out of `SECTORS`, in any order; a repeated name counts once.

    Returns
    -------
    int
        Bit ``i`` is set when ``SECTORS[i]`` was named; 0 for none.

    Raises
    ------
    ValueError
        If a name is not a known sector.
    """
    mask = 0
    for sector in sectors:
        if sector not in _BIT:
            raise ValueError(f"{sector!r} is not a known sector")
        mask |= _BIT[sector]
    return mask


def sectors_of(mask: int) -> tuple[str, ...]:
    """Unpack a bit mask into sector names, in the order of `SECTORS`.

    Parameters
    ----------
    mask : int
        A value made by `sector_mask`.

    Returns
    -------
    tuple of str

    Raises
    ------
    ValueError
        If the mask is negative or has a bit that no sector owns.
    """
    if not 0 <= mask <= FULL_MASK:
        raise ValueError(f"{mask} is not a sector mask")
    return tuple(sector for sector in SECTORS if mask & _BIT[sector])


def multi_hot(masks: np.ndarray) -> np.ndarray:
    """Spread sector masks into one column per sector.

    Parameters
    ----------
    masks : ndarray of int64, shape (n,)

    Returns
    -------
    ndarray of float64, shape (n, 22)
        1.0 where row's customer prefers the column's sector, else 0.0; columns in the
        order of `SECTORS`.
    """
    bits = np.arange(len(SECTORS), dtype=np.int64)
    return ((np.asarray(masks, dtype=np.int64)[:, None] >> bits) & 1).astype(np.float64)
