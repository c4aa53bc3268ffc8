import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.domain import blocks
from segmentation.domain.flows import Places


def places(numbers, codes, keys=("s1", "s2")):
    return Places(np.array(numbers, np.int64), np.array(codes, np.int64), keys)


def plain(some):
    return [
        (n, some.keys[c]) for n, c in zip(some.numbers.tolist(), some.codes.tolist(), strict=True)
    ]


def test_a_block_is_stored_little_endian_and_read_as_it_was():
    document = blocks.encode(places([258, 70_000], [0, 1]))
    assert document["numbers"] == b"\x02\x01" + bytes(6) + b"\x70\x11\x01" + bytes(5)
    assert document["labels"] == b"\x00\x01" and document["customers"] == 2
    document.pop("customers")
    assert plain(blocks.decode(**document)) == [(258, "s1"), (70_000, "s2")]


def test_cut_and_joined_again_nobody_is_lost():
    n = 2 * blocks.BLOCK + 5
    many = places(np.arange(100, 100 + 3 * n, 3), np.arange(n) % 2)
    cut = blocks.cut(many, 7)
    assert [len(block.numbers) for block in cut.values()] == [blocks.BLOCK, blocks.BLOCK, 5]
    assert list(cut) == [7, 100 + 3 * blocks.BLOCK, 100 + 6 * blocks.BLOCK]
    again = blocks.joined(list(cut.items()))
    np.testing.assert_array_equal(again.numbers, many.numbers)
    np.testing.assert_array_equal(again.codes, many.codes)
    assert list(blocks.cut(places([], []), 7)) == [7]


def test_what_reaches_into_the_next_block_is_the_next_ones():
    found = blocks.joined(
        [(0, places([1, 5, 9], [0, 0, 0])), (5, places([5, 9], [0, 1], ("s9", "s1")))], ("s2",)
    )
    assert found.keys == ("s2", "s1", "s9")
    assert plain(found) == [(1, "s1"), (5, "s9"), (9, "s1")]


def test_one_customer_is_found_moved_put_in_and_taken_out():
    some = places([10, 20, 30], [0, 1, 0])
    assert [blocks.key_of(n, some) for n in (5, 10, 20, 25, 40)] == [None, "s1", "s2", None, None]
    after = blocks.moved(some, np.array([5, 20]), np.array([1, 0]))
    assert plain(after) == [(5, "s2"), (10, "s1"), (20, "s1"), (30, "s1")]
    assert plain(blocks.without(after, [10, 11])) == [(5, "s2"), (20, "s1"), (30, "s1")]


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(st.integers(0, 60), st.integers(0, 1)),
    st.dictionaries(st.integers(0, 60), st.integers(0, 1)),
)
def test_moving_is_what_it_is_for_a_dictionary(before, changes):
    some = places(sorted(before), [before[n] for n in sorted(before)])
    after = blocks.moved(
        some,
        np.array(sorted(changes), np.int64),
        np.array([changes[n] for n in sorted(changes)], np.int64),
    )
    wanted = before | changes
    assert plain(after) == [(n, some.keys[wanted[n]]) for n in sorted(wanted)]
