"""In which state a run is: the one word that every page has for it."""

PUBLISHED = "Published"
BEFORE = "Published before"
APPROVAL = "Waits for approval"
PUBLICATION = "Waits to be published"
PASSED_BY = "Not published"
FAILED = "Failed"
TRAINING = "In training"


def run_state(*, status, published=False, before=False, waiting=False, held=False) -> str:
    """Name the state of a run.

    Parameters
    ----------
    status : str
        "running", "ready" or "failed": what became of its training.
    published : bool
        Whether every page goes by it now.
    before : bool
        Whether it was published once: it can be restored without being judged again.
    waiting : bool
        Whether it is the newest run, and a person has to decide on it. A run that another one
        was built after waits no more, though it can still be published.
    held : bool
        Whether a gate of the waiting run did not pass, so that publishing it takes a reason.

    Returns
    -------
    str
    """
    if published:
        return PUBLISHED
    if status != "ready":
        return FAILED if status == "failed" else TRAINING
    if before:
        return BEFORE
    if waiting:
        return APPROVAL if held else PUBLICATION
    return PASSED_BY
