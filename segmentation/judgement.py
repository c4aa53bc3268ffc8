"""Reads of runs as they are judged: facts, gates, and which run waits for a person."""

from dataclasses import dataclass

from segmentation.domain.gates import Gate, RunFacts, publication_gates, verdict
from segmentation.domain.run_state import run_state
from segmentation.models import RunStatus, SegmentationRun
from segmentation.queries import collection_of, flows_between, published_run

_JUDGED = {
    "number": 1,
    "k": 1,
    "pinned_k": 1,
    "customers": 1,
    "comparison": 1,
    "quality": 1,
    "model.scaler.columns": 1,
}


def facts_of(run) -> RunFacts:
    """What the gates judge of a run, without its megabytes."""
    stored = collection_of(SegmentationRun).find_one({"_id": run.pk}, _JUDGED)
    quality = stored["quality"] or {}
    return RunFacts(
        number=stored["number"],
        k=stored["k"] or 0,
        pinned=stored["pinned_k"] is not None,
        customers=stored["customers"],
        features=tuple((stored.get("model") or {}).get("scaler", {}).get("columns", ())),
        smallest=quality.get("smallest"),
        stability=quality.get("stability"),
        silhouette=quality.get("silhouette"),
        verdicts={
            each["k"]: "" if each["fit"] else each["verdict"] for each in stored["comparison"] or ()
        },
    )


def judge(run, published=None) -> list[Gate]:
    """Hold a run against the published one; empty where there is none, or it is the same."""
    published = published or published_run()
    if published is None or published.pk == run.pk:
        return []
    return publication_gates(facts_of(run), facts_of(published), flows_between(published, run))


def gates_of(run, published=None) -> list[Gate]:
    """The gates of a run as stored, or judged anew where another run is published by now."""
    published = published or published_run()
    stored = run.gates or {}
    if published is None or stored.get("against") != published.number:
        return judge(run, published)
    return [Gate(**gate) for gate in stored["gates"]]


def waiting_run(published=None) -> SegmentationRun | None:
    """The newest finished run, if it is newer than the published one and never was published."""
    ready = SegmentationRun.objects.filter(status=RunStatus.READY)
    newest = ready.defer("model", "picture").order_by("-number").first()
    published = published or published_run()
    if newest is None or newest.published_at is not None:
        return None
    return newest if published is None or newest.number > published.number else None


@dataclass(frozen=True)
class Standing:
    """Which run is published, which one waits and its gates, read once for all runs of a page."""

    published: SegmentationRun | None = None
    waiting: SegmentationRun | None = None
    gates: tuple[Gate, ...] = ()

    @property
    def held(self) -> bool:
        """Whether a gate stops the run that waits; otherwise it only waits for who asked for it."""
        return not all(gate.passed for gate in self.gates)

    @property
    def verdict(self) -> str:
        """What the gates make of the run that waits, in a sentence or two; empty without one."""
        if self.waiting is None:
            return ""
        text = verdict(self.waiting.number, self.gates)
        return text if self.held else f"{text} It waits to be published."

    def of(self, run) -> str:
        """The state of a run, in the words of `domain.run_state`."""
        waits = self.waiting is not None and run.pk == self.waiting.pk
        return run_state(
            status=run.status,
            published=self.published is not None and run.pk == self.published.pk,
            before=run.published_at is not None,
            waiting=waits,
            held=waits and self.held,
        )


def standing() -> Standing:
    """Read what is published and what waits."""
    published = published_run()
    waiting = waiting_run(published)
    return Standing(published, waiting, tuple(gates_of(waiting, published) if waiting else ()))
