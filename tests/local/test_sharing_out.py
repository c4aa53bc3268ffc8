"""What tests share is set up once: they go to one process."""

from tests.servers import together


def test_a_file_and_all_journeys_stay_together():
    assert together("tests/sip/test_planner.py::test_a[x::y]") == "tests/sip/test_planner.py"
    assert together("tests/journeys/test_staff.py::test_b") == together(
        "tests/journeys/test_pages.py::test_c"
    )
