"""Holdings as they stood on a past day, read back from the ledgers."""

import numpy as np


class LedgerHistory:
    """Ledgers of many investors, to be asked for any day.

    Parameters
    ----------
    ledger : LedgerColumns
        As `portfolios.queries.ledger_columns` gives it.
    symbols : sequence of str
        Stocks that count, in the order of the columns that are asked for.
    """

    def __init__(self, ledger, symbols):
        place = {symbol: column for column, symbol in enumerate(symbols)}
        columns = np.array([place.get(symbol, -1) for symbol in ledger.symbols], dtype=int)
        column = columns[ledger.symbol] if len(columns) else np.empty(0, dtype=int)
        keep = column >= 0
        self._number = ledger.number[keep]
        self._column = column[keep]
        self._day = ledger.day[keep]
        self._quantity = ledger.quantity[keep]
        self._width = len(symbols)

    def quantities(self, numbers, day):
        """Shares held at the end of a day: shape (len(numbers), n_stocks); `numbers` ascend."""
        row, mine = self._rows(numbers)
        mine &= self._day <= day
        held = np.zeros((len(numbers), self._width))
        np.add.at(held, (row[mine], self._column[mine]), self._quantity[mine])
        return np.maximum(held, 0.0)

    def bought(self, numbers, after, until):
        """Whether each stock was bought after one day and until another, both as above."""
        row, mine = self._rows(numbers)
        mine &= (self._day > after) & (self._day <= until) & (self._quantity > 0)
        flags = np.zeros((len(numbers), self._width), dtype=bool)
        flags[row[mine], self._column[mine]] = True
        return flags

    def holder_shares(self, numbers, day):
        """Share of these investors who hold each stock, of those who hold anything."""
        row, mine = self._rows(numbers)
        mine &= self._day <= day
        # By pairs that occur: a table of all investors and stocks need not fit into memory.
        pairs, where = np.unique(row[mine] * self._width + self._column[mine], return_inverse=True)
        held = pairs[np.bincount(where, self._quantity[mine], minlength=len(pairs)) > 0]
        counts = np.bincount(held % self._width, minlength=self._width)
        return counts / max(len(np.unique(held // self._width)), 1)

    def first_day(self):
        """Day of the first trade; None without any."""
        return self._day.min() if len(self._day) else None

    def _rows(self, numbers):
        row = np.searchsorted(numbers, self._number)
        row = np.minimum(row, max(len(numbers) - 1, 0))
        mine = numbers[row] == self._number if len(numbers) else np.zeros(len(row), dtype=bool)
        return row, mine
