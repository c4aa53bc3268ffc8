"""Members in blocks: written by ranges, changed one by one, read while both go on."""

from importlib import import_module
from unittest.mock import patch

import numpy as np
import pytest
from django.apps import apps
from django.db import connection

from segmentation import memberships, queries
from segmentation.domain import blocks
from segmentation.domain.flows import Places
from segmentation.models import Customer, MembershipBlock, SegmentationRun
from segmentation.services import assignment, members


@pytest.fixture
def run(transactional_db, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 4)
    return SegmentationRun.objects.create(number=1)


def places(numbers, key="s1"):
    return Places(np.array(numbers, np.int64), np.zeros(len(numbers), np.int64), (key,))


def stored(run):
    numbers, keys = queries.membership_columns(run)
    return dict(zip(numbers.tolist(), keys.tolist(), strict=True))


def starts(run):
    return [block["first"] for block in memberships.read_blocks(run.pk)]


def test_ranges_are_cut_into_blocks_and_cut_anew(run):
    members.store_range(run.pk, places(range(10, 20)), 0, 100)
    members.store_range(run.pk, places([100, 101], "s2"), 100, None)
    assert starts(run) == [0, 14, 18, 100] and len(stored(run)) == 12
    versions = dict(MembershipBlock.objects.values_list("first", "version"))
    # The same once more writes nothing; one who leaves moves the cuts behind them.
    members.store_range(run.pk, places(range(10, 20)), 0, 100)
    assert dict(MembershipBlock.objects.values_list("first", "version")) == versions
    members.store_range(run.pk, places([10, *range(12, 20)]), 0, 100)
    assert starts(run) == [0, 15, 19, 100] and 11 not in stored(run) and len(stored(run)) == 11
    members.store_range(run.pk, places([12]), 0, 100)
    assert starts(run) == [0, 100] and stored(run) == {12: "s1", 100: "s2", 101: "s2"}


def test_members_are_counted_and_shared_out_by_whole_blocks(run):
    assert memberships.member_count(run.pk) == 0
    assert memberships.member_parts(run.pk, 8) == [(0, None)]
    members.store_range(run.pk, places(range(10, 20)), 0, 100)
    members.store_range(run.pk, places([100, 101], "s2"), 100, None)
    assert memberships.member_count(run.pk) == 12
    assert memberships.member_parts(run.pk, 8) == [(0, 18), (18, None)]
    assert memberships.member_parts(run.pk, 1) == [(0, 14), (14, 18), (18, 100), (100, None)]


def test_whoever_reads_while_blocks_are_cut_anew_finds_everybody_once(run):
    members.store_range(run.pk, places(range(0, 24, 2)), 0, None)
    after = places([*range(0, 24, 2), 1, 3])
    order = np.argsort(after.numbers)
    after = Places(after.numbers[order], after.codes, after.keys)
    seen = []
    write = members.blocks

    class OneByOne:
        def bulk_write(self, writes):
            for each in writes:
                write().bulk_write([each])
                seen.append(stored(run))

    with patch.object(members, "blocks", OneByOne):
        members.store_range(run.pk, after, 0, None)
    assert len(seen) > 3 and all(set(range(0, 24, 2)) <= set(each) for each in seen)
    assert list(stored(run)) == after.numbers.tolist()


def test_single_customers_move_join_and_are_forgotten_by_every_run(run):
    members.store_range(run.pk, places(range(10, 20)), 0, None)
    other = SegmentationRun.objects.create(number=2)
    members.move_members(other.pk, np.array([12, 500]), np.array(["s3", "s1"]))
    members.move_members(run.pk, np.array([12, 17, 25]), np.array(["s2", "s2", "s1"]))
    assert queries.membership_of(12, run) == "s2" and queries.membership_of(25, run) == "s1"
    assert queries.membership_of(11, run) == "s1" and queries.membership_of(26, run) is None
    assert stored(other) == {12: "s3", 500: "s1"} and len(stored(run)) == 11
    members.forget_members([12, 25, 99])
    assert 12 not in stored(run) and len(stored(run)) == 9 and stored(other) == {500: "s1"}
    members.drop_members([other.pk])
    assert stored(other) == {} and len(stored(run)) == 9


def test_a_write_that_came_between_is_kept(run):
    members.store_range(run.pk, places([10, 11, 12]), 0, None)
    real, once = members.block_of, []

    def interrupted(run_pk, number):
        block = real(run_pk, number)
        if not once:
            once.append(True)
            members.forget_members([11])
        return block

    with patch.object(members, "block_of", interrupted):
        members.move_members(run.pk, np.array([12]), np.array(["s2"]))
    assert stored(run) == {10: "s1", 12: "s2"}


def test_members_stored_a_document_each_are_put_in_blocks(run):
    former = connection.get_collection("segmentation_membership")
    former.insert_many(
        {"run_id": run.pk, "number": number, "segment_key": key, "x": 0.0}
        for number, key in [(30, "s4"), (10, "s1"), (20, "s4")]
    )
    migration = import_module("segmentation.migrations.0006_member_blocks")

    class Apps:
        @staticmethod
        def get_model(app, name):
            class Former:
                class _meta:
                    db_table = "segmentation_membership"

            return Former if name == "Membership" else apps.get_model(app, name)

    class Editor:
        pass

    Editor.connection = connection
    migration.BLOCK = 2
    migration.put_in_blocks(Apps, Editor)
    former.drop()
    assert stored(run) == {10: "s1", 20: "s4", 30: "s4"} and starts(run) == [0, 30]


def test_the_index_by_segment_is_there_after_it_was_set_aside_whatever_happened(run):
    def names():
        return set(queries.collection_of(Customer).index_information())

    everything = names()
    with pytest.raises(MemoryError), assignment.index_aside(True):
        assert len(everything - names()) == 1
        raise MemoryError
    assert names() == everything
    # One who died in between left it away: the next assignment brings it back.
    (gone,) = (name for name in everything if name.startswith("segmentatio_segment_"))
    queries.collection_of(Customer).drop_index(gone)
    with assignment.index_aside(False):
        pass
    assert names() == everything
