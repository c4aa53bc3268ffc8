"""Keep what all portfolios hold as columns, for questions about all customers at once."""

import numpy as np
import pyarrow as pa
from pymongoarrow.api import Schema

from accounts.columns import aggregate_columns
from portfolios.blocks import collection_of
from portfolios.models import HoldingBlock, Portfolio

_NUMBERS = Schema({"number": pa.int64()})


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
        self._drop_erased()
        blocks.update_one({**mine, "block": self.count - 1}, {"$set": {"is_last": True}})
        former = blocks.find_one(
            {"is_last": True, "run": {"$lt": self.run}}, {"run": 1}, sort=[("run", -1)]
        )
        blocks.delete_many({"run": {"$lt": former["run"] if former else self.run}})

    def _drop_erased(self):
        """Leave out whose portfolios went while this run stored what it had read of them."""
        rows = collection_of(HoldingBlock).find({"run": self.run}, {"numbers": 1})
        stored = [np.frombuffer(each["numbers"], "<i8") for each in rows]
        shown = {"_id": 0, "number": "$investor_number"}
        there = aggregate_columns(collection_of(Portfolio), [{"$project": shown}], schema=_NUMBERS)
        known = np.append(there["number"].to_numpy(), 0)
        for number in np.setdiff1d(np.concatenate(stored), known).tolist():
            forget_holdings(number)

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
    for each in blocks.find({}, {"numbers": 1}):
        while number in np.frombuffer(each["numbers"], "<i8"):
            if _without(number, each["_id"]):
                break
            each = blocks.find_one({"_id": each["_id"]}, {"numbers": 1}) or {"numbers": b""}


def _without(number, pk) -> bool:
    """Write a block without a customer; False where another write came between."""
    blocks = collection_of(HoldingBlock)
    each = blocks.find_one({"_id": pk})
    if each is None:
        return False
    numbers = np.frombuffer(each["numbers"], "<i8")
    owner = np.frombuffer(each["owner"], "<i4")
    stays = numbers[owner] != number
    fields = {
        "numbers": np.where(numbers == number, 0, numbers).astype("<i8").tobytes(),
        "owner": owner[stays].tobytes(),
        "symbol": np.frombuffer(each["symbol"], "<i4")[stays].tobytes(),
        "quantity": np.frombuffer(each["quantity"], "<f8")[stays].tobytes(),
    }
    unchanged = {"_id": pk, "numbers": each["numbers"], "owner": each["owner"]}
    return bool(blocks.update_one(unchanged, {"$set": fields}).matched_count)
