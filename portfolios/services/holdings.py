"""Keep what all portfolios hold as columns, for questions about all customers at once."""

import numpy as np

from portfolios.blocks import collection_of
from portfolios.models import HoldingBlock


class HoldingsWriter:
    """One run over all portfolios; it is read once its last block is there.

    Parameters
    ----------
    run : datetime
        When the run began.
    """

    def __init__(self, run):
        self.run, self.count = run, 0

    def add(self, batch):
        """Store the next portfolios."""
        self._store(
            numbers=batch.numbers,
            owner=batch.owner,
            symbol=batch.symbol,
            quantity=batch.quantity,
            symbols=batch.symbols,
        )

    def finish(self):
        """Let readers see this run; the one before stays for those who are reading it."""
        if not self.count:
            self._store(numbers=(), owner=(), symbol=(), quantity=(), symbols=())
        blocks = collection_of(HoldingBlock)
        mine = {"run": self.run}
        blocks.update_one({**mine, "block": self.count - 1}, {"$set": {"is_last": True}})
        former = blocks.find_one(
            {"is_last": True, "run": {"$lt": self.run}}, {"run": 1}, sort=[("run", -1)]
        )
        blocks.delete_many({"run": {"$lt": former["run"] if former else self.run}})

    def _store(self, *, numbers, owner, symbol, quantity, symbols):
        chosen = {"run": self.run, "block": self.count}
        fields = {
            "is_last": False,
            "numbers": np.asarray(numbers, "<i8").tobytes(),
            "owner": np.asarray(owner, "<i4").tobytes(),
            "symbol": np.asarray(symbol, "<i4").tobytes(),
            "quantity": np.asarray(quantity, "<f8").tobytes(),
            "symbols": list(symbols),
        }
        collection_of(HoldingBlock).replace_one(chosen, {**chosen, **fields}, upsert=True)
        self.count += 1


def forget_holdings(number) -> None:
    """Take a customer's holdings out of every stored run."""
    blocks = collection_of(HoldingBlock)
    shown = {"numbers": 1, "owner": 1, "symbol": 1, "quantity": 1}
    for each in blocks.find({}, shown):
        numbers = np.frombuffer(each["numbers"], "<i8").copy()
        if number not in numbers:
            continue
        owner = np.frombuffer(each["owner"], "<i4")
        stays = numbers[owner] != number
        numbers[numbers == number] = 0
        fields = {
            "numbers": numbers.tobytes(),
            "owner": owner[stays].tobytes(),
            "symbol": np.frombuffer(each["symbol"], "<i4")[stays].tobytes(),
            "quantity": np.frombuffer(each["quantity"], "<f8")[stays].tobytes(),
        }
        blocks.update_one({"_id": each["_id"]}, {"$set": fields})
