"""Put customers into the segments of a run, and keep the run's aggregates true."""

from contextlib import closing, contextmanager
from functools import partial, reduce
from operator import add

import numpy as np
from django.conf import settings
from django.db import connections, router
from pymongo import UpdateOne

from accounts.domain.sectors import multi_hot
from portfolios.queries import position_columns
from segmentation.domain.cube import Cube
from segmentation.domain.density import Density
from segmentation.domain.flows import Flows, Places
from segmentation.domain.risk import risk_class_codes
from segmentation.domain.serverside import marks
from segmentation.domain.tally import Tally, holders_of, risk_sums
from segmentation.engines.chosen import chosen_engine
from segmentation.memberships import member_count, member_parts, read_range
from segmentation.models import Customer, Segment, SegmentationRun
from segmentation.queries import (
    collection_of,
    cube_of_run,
    customer_columns,
    customer_count,
    customer_numbers,
    customer_parts,
    feature_matrix,
    marks_of,
    number_range,
    part_columns,
    publication_state,
)
from segmentation.services.members import forget_members, store_range

PART = 50_000
"""Customers placed at a time: some 150 MB of a process, and a second or two."""
_WRITE_AT_ONCE = 5_000
_PEER_SYMBOLS = 500
# Customers a map is laid over and movers are foreseen by; a run being trained has a larger sample.
_LAID_OVER = 20_000
# Share of customers who move, and customers, from which the index is built anew for all of them.
_MOST, _WORTH_AN_INDEX = 0.3, 20_000


def place_everyone(
    run_pk, model, grid, *, parts=None, read=None, former=None, mark=None, on_part=None
) -> Tally:
    """Put every customer into a run, part by part, wherever the engine works.

    Parameters
    ----------
    run_pk : ObjectId
    model : FittedModel
    grid : Density
        Of the map, without anybody in it.
    parts : sequence of Part, optional
        Cut now where left out.
    read : callable, optional
        Given a part, returns its `part_columns`; read now where left out. Where it reads marks,
        those who are marked rightly are not written.
    former : tuple of (ObjectId, sequence of str), optional
        The run flows are counted from, and its keys.
    mark : callable, optional
        `mark_singly` or `mark_together`: repeats the membership on the customers' own documents.
    on_part : callable, optional
        Called with the share done after each part; what it raises ends the work.

    Returns
    -------
    Tally
        Of everyone.
    """
    parts = parts or customer_parts(PART)
    work = partial(
        place_part,
        run_pk=run_pk,
        model=model,
        grid=grid,
        read=read or part_columns,
        former=former,
        mark=mark,
    )
    with closing(chosen_engine().each(work, parts)) as tallies:
        return reduce(add, _told(tallies, len(parts), on_part))


def _told(tallies, n, on_part):
    for done, tally in enumerate(tallies, 1):
        if on_part is not None:
            on_part(done / n)
        yield tally


def place_part(part, *, run_pk, model, grid, read, former, mark) -> Tally:
    """Read, place and store the customers of one part; safe to repeat."""
    columns = read(part)
    placed = model.assign(feature_matrix(columns))
    store_range(run_pk, Places(columns["number"], placed.labels, model.keys), *part)
    # A withdrawal takes the customer away first and from the runs' members then: who is still a
    # customer after members were stored will be found among them.
    gone = np.setdiff1d(columns["number"], customer_numbers(part), assume_unique=True)
    if len(gone):
        forget_members(gone)
        stay = ~np.isin(columns["number"], gone)
        columns, placed = {name: each[stay] for name, each in columns.items()}, placed.of(stay)
    if mark is not None and settings.SEGMENTATION_ASSIGN == "server":
        mark_in_database(part, model)
    elif mark is not None:
        keys = np.array(model.keys, object)[placed.labels]
        mark(columns["number"], keys, columns.get("segment_key"))
    return tally_of(part, columns, placed, model, grid, former)


def tally_of(part, columns, placed, model, grid, former) -> Tally:
    """Sum up the customers of one part, once they are placed."""
    numbers, k = columns["number"], len(model.keys)
    held = position_columns(between=part)
    owner = np.minimum(np.searchsorted(numbers, held.number), max(len(numbers) - 1, 0))
    known = numbers[owner] == held.number if len(numbers) else np.zeros(0, bool)
    flows = None
    if former is not None:
        before = read_range(former[0], part, former[1])
        flows = Flows.between(before, Places(numbers, placed.labels, model.keys))
    return Tally(
        cube_of(model, columns, placed),
        grid.counted(placed.places, placed.labels),
        risk_sums(columns["revealed_risk"], placed.labels, k),
        holders_of(owner[known], held.symbol[known], held.symbols, placed.labels, k),
        flows,
    )


def cube_of(model, columns, assignment, labels=None) -> Cube:
    """Aggregate customers; `labels` stand in for the assignment's where given."""
    return Cube.build(
        labels=assignment.labels if labels is None else labels,
        risk=risk_class_codes(columns["revealed_risk"]),
        stated=risk_class_codes(columns["risk_score"]),
        sectors=multi_hot(columns["sector_mask"]),
        values=np.nan_to_num(columns["portfolio_value"]),
        scores=assignment.scores,
        k=len(model.keys),
    )


def grid_of(model, placed) -> Density:
    """The empty map of a run: laid over a sample of customers, as fine as all of them bear."""
    return Density.laid(placed.places, customer_count(), len(model.keys))


def store_picture(run, model, cube, density=None) -> None:
    """Store aggregates on the run and its segments; the map stays as it is where None."""
    fields = {
        "picture.cube": cube.to_document(),
        "picture.keys": list(model.keys),
        "customers": int(cube.customers.sum()),
    }
    if density is not None:
        fields["picture.density"] = density.shown()
        fields["picture.grid"] = density.to_document()
        fields["picture.axes"] = model.axis_labels()
        fields["picture.explained"] = model.projection.explained
    collection_of(SegmentationRun).update_one({"_id": run.pk}, {"$set": fields})
    totals, sizes = cube.total_values.tolist(), cube.customers.tolist()
    collection_of(Segment).bulk_write(
        [
            UpdateOne(
                {"run_id": run.pk, "key": key},
                {
                    "$set": {
                        "customers": size,
                        "total_value": total,
                        "average_value": total / size if size else None,
                    }
                },
            )
            for key, total, size in zip(model.keys, totals, sizes, strict=True)
        ]
    )


def store_holdings(run, model, tally) -> None:
    """Store on each segment which stocks its members hold, and what share of them does."""
    for index, key in enumerate(model.keys):
        held = tally.held_by(index, _PEER_SYMBOLS)
        Segment.objects.filter(run_id=run.pk, key=key).update(holdings=held)


def mark_singly(numbers, keys, marks=None) -> None:
    """Repeat the membership in the published run on customers' documents, where it differs.

    Parameters
    ----------
    numbers : ndarray of int64, shape (n,)
    keys : ndarray of str, shape (n,)
    marks : ndarray of str, shape (n,), optional
        What they are marked with; everyone is written where left out.
    """
    for share in _shares(numbers, keys, marks):
        _mark(share)


def mark_together(numbers, keys, marks=None) -> None:
    """The same, some thousand neighbours in one transaction, while the index is aside.

    The server then writes its log once, not once a customer, and a page once, not once a segment,
    which halves its work. With the index there a transaction costs six times as much as none:
    MongoDB 6 reads the collection's catalog for each entry that one moves. A share that meets
    another write is repeated.
    """
    for share in _shares(numbers, keys, marks):
        with collection_of(Customer).database.client.start_session() as session:
            session.with_transaction(partial(_mark, share))


def _shares(numbers, keys, marks):
    """Neighbours to be marked by their key, some thousand at a time."""
    if marks is not None:
        numbers, keys = numbers[marks != keys], keys[marks != keys]
    for start in range(0, len(numbers), _WRITE_AT_ONCE):
        own, share = keys[start : start + _WRITE_AT_ONCE], numbers[start : start + _WRITE_AT_ONCE]
        yield {key: share[own == key].tolist() for key in dict.fromkeys(own.tolist())}


def _mark(share, session=None) -> None:
    for key, numbers in share.items():
        mark = {"$set": {"segment_key": key}}
        collection_of(Customer).update_many({"number": {"$in": numbers}}, mark, session=session)


def mark_in_database(part, model) -> None:
    """The same for everyone of a part, worked out by the database from the features it stores.

    The caller holds the right to write features, so they are those that members were placed by.
    """
    collection_of(Customer).update_many({"number": number_range(part)}, marks(model))


def share_moving(model, sample, placed) -> float:
    """What share of a sample of customers is marked with another segment than theirs."""
    if not len(sample["number"]):
        return 0.0
    return float(np.mean(np.array(model.keys, object)[placed.labels] != sample["segment_key"]))


@contextmanager
def index_aside(aside):
    """Take the index of customers by segment away meanwhile, and see that it is there afterwards.

    Moving an entry of it costs more than the document's own change; building it anew for all is
    cheaper once most of them move, as they do at the first publication. Until then lists by segment
    read more than they show.
    """
    index = next(each for each in Customer._meta.indexes if each.fields[0] == "segment_key")
    collection = collection_of(Customer)
    if aside and index.name in collection.index_information():
        collection.drop_index(index.name)
    try:
        yield
    finally:
        if index.name not in collection.index_information():
            with connections[router.db_for_write(Customer)].schema_editor() as editor:
                editor.add_index(Customer, index)


def assign_everyone(run, model, *, on_part=None) -> None:
    """Put every customer into the published run anew and rebuild its picture.

    Where nobody changed since the run was built its members and its picture hold, and the
    membership alone is repeated on customers' documents.
    """
    sample = customer_columns(sample=_LAID_OVER)
    placed = model.assign(feature_matrix(sample))
    grid, most_move = grid_of(model, placed), share_moving(model, sample, placed) > _MOST
    aside = most_move and customer_count() >= _WORTH_AN_INDEX
    mark = mark_together if aside else mark_singly
    # Where most are written anyhow, reading first whom to write is the larger part.
    compare = not most_move
    with index_aside(aside):
        if holds(run):
            mark_everyone(run.pk, model, mark, compare=compare, on_part=on_part)
            # Sizes of segments follow from the cube; a store of both may have been cut short.
            store_picture(run, model, cube_of_run(run)[0])
            return
        read = partial(part_columns, marks=compare)
        tally = place_everyone(run.pk, model, grid, read=read, mark=mark, on_part=on_part)
    store_picture(run, model, tally.cube, tally.density)
    store_holdings(run, model, tally)


def holds(run) -> bool:
    """Whether members and picture of a run are what placing everyone now would make of them.

    Nobody's features were written since they began to be read for it, so nobody changed or came;
    and nobody left, for there are as many customers as the picture counts, and as many members.
    """
    state = publication_state()
    if state is None or not run.features_state or state.features_known != run.features_state:
        return False
    cube, _ = cube_of_run(run)
    return customer_count(exact=True) == int(cube.customers.sum()) == member_count(run.pk)


def mark_everyone(run_pk, model, mark, *, compare=True, on_part=None) -> None:
    """Repeat a run's members on the customers' documents, part by part.

    `compare` reads first what they are marked with, and writes those who differ.
    """
    parts = member_parts(run_pk, PART)
    work = partial(mark_part, run_pk=run_pk, model=model, mark=mark, compare=compare)
    with closing(chosen_engine().each(work, parts)) as done:
        for _ in _told(done, len(parts), on_part):
            pass


def mark_part(part, *, run_pk, model, mark, compare) -> None:
    """Mark the customers of one part with the segments a run has them in; safe to repeat."""
    if settings.SEGMENTATION_ASSIGN == "server":
        mark_in_database(part, model)
        return
    places = read_range(run_pk, part, model.keys)
    keys = np.array(places.keys, object)[places.codes]
    mark(places.numbers, keys, marks_of(part, places.numbers) if compare else None)
