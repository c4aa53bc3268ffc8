"""Many customers' ledgers and positions as columns, for work on all of them at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class LedgerColumns:
    """Ledgers of many investors, one row a movement of shares, in no particular order.

    Parameters
    ----------
    number : ndarray of shape (n,), int64
        Customer number.
    symbol : ndarray of shape (n,), int32
        Position in `symbols`.
    symbols : tuple of str
    day : ndarray of shape (n,), datetime64[D]
        Trading date in IST.
    quantity : ndarray of shape (n,), float64
        Shares; bought above zero, sold below.
    price, charges : ndarray of shape (n,), float64
        Rupees a share; rupees for the whole trade.
    is_sip : ndarray of shape (n,), bool
        Part of a regular plan.
    is_trade : ndarray of shape (n,), bool
        Bought or sold by the investor, not moved by a transfer or a company's decision.
    """

    number: np.ndarray
    symbol: np.ndarray
    symbols: tuple[str, ...]
    day: np.ndarray
    quantity: np.ndarray
    price: np.ndarray
    charges: np.ndarray
    is_sip: np.ndarray
    is_trade: np.ndarray

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True, slots=True, eq=False)
class PositionColumns:
    """Open positions of many investors, one row a position.

    Parameters
    ----------
    number : ndarray of shape (n,), int64
        Customer number.
    symbol : ndarray of shape (n,), int32
        Position in `symbols`.
    symbols : tuple of str
    quantity, cost : ndarray of shape (n,), float64
        Shares held and what they cost, charges included.
    """

    number: np.ndarray
    symbol: np.ndarray
    symbols: tuple[str, ...]
    quantity: np.ndarray
    cost: np.ndarray

    def __len__(self) -> int:
        return len(self.number)
