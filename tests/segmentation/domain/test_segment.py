from segmentation.domain.segment import COLOURS, segment_colours


def test_a_segment_keeps_its_colour_over_a_retrain_wherever_it_stands_on_the_page():
    before = segment_colours(["s1", "s2", "s3"])
    assert before == {"s1": 1, "s2": 2, "s3": 3}
    # The next run has lost s2 and made s4; its order on the page is another one.
    after = segment_colours(["s4", "s3", "s1"])
    assert after == {"s1": 1, "s3": 3, "s4": 4}


def test_no_two_of_a_run_share_a_colour_while_there_are_enough():
    # s1 and s9 wish for the first colour: the older has it, the younger takes the next free one.
    assert segment_colours(["s9", "s2", "s1"]) == {"s1": 1, "s2": 2, "s9": 3}
    keys = [f"s{number}" for number in (3, 11, 19, 27, 35, 43, 51, 59)]
    assert sorted(segment_colours(keys).values()) == list(range(1, COLOURS + 1))


def test_more_segments_than_colours_take_them_in_turn():
    colours = segment_colours(f"s{number}" for number in range(1, 12))
    assert [colours[f"s{number}"] for number in (1, 8, 9, 10, 11)] == [1, 8, 1, 2, 3]


def test_a_segment_that_has_gone_takes_no_colour_of_one_that_is_there():
    now = segment_colours(["s1", "s9"])
    assert now == {"s1": 1, "s9": 2}
    # s2 was blue in its own run; beside the later one it would seem to have become s9.
    assert segment_colours(["s1", "s2"], now) == {"s1": 1, "s9": 2, "s2": 3}
