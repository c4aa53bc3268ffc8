"""One word for the state of a run, whatever page it stands on."""

import pytest

from segmentation.domain.run_state import run_state


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"status": "ready", "published": True, "before": True}, "Published"),
        ({"status": "ready", "before": True}, "Published before"),
        ({"status": "ready", "waiting": True, "held": True}, "Waits for approval"),
        ({"status": "ready", "waiting": True}, "Waits to be published"),
        ({"status": "ready"}, "Not published"),
        ({"status": "failed"}, "Failed"),
        ({"status": "running"}, "In training"),
    ],
)
def test_each_state_has_its_word(facts, word):
    assert run_state(**facts) == word
