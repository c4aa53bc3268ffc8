"""Export a list of customers for a campaign: on record before the first line leaves the house."""

import hashlib
from contextlib import closing

from auditlog.models import LogEntry
from django.utils import timezone

from accounts.audit import record, record_look
from segmentation.campaigns import Audience, audience, file_lines
from segmentation.domain.campaigns import COLUMNS, PURPOSES, header
from segmentation.models import Campaign, CampaignState
from segmentation.queries import published_run

LONGEST_NOTE = 500


class CampaignRefused(Exception):
    """Nothing was exported; the message says why."""


def begin_campaign(*, by, chosen, purpose, columns, note="") -> tuple[Campaign, Audience]:
    """Decide who is on a list and put it on record, with a look at each customer listed.

    Parameters
    ----------
    by : User
    chosen : CustomerFilter
    purpose : str
        Key of `PURPOSES`.
    columns : sequence of str
        Keys of `COLUMNS`, in the order of the file.
    note : str

    Returns
    -------
    Campaign
        Begun; `campaign_file` finishes it.
    Audience

    Raises
    ------
    CampaignRefused
        If the purpose or a column is unknown, or nobody is left to list.
    """
    if purpose not in PURPOSES:
        raise CampaignRefused("A list needs one of the purposes. Nothing was exported.")
    if unknown := [key for key in columns if key not in COLUMNS]:
        raise CampaignRefused(f"“{unknown[0][:40]}” is no column. Nothing was exported.")
    if len(note) > LONGEST_NOTE:
        raise CampaignRefused(
            f"A note has at most {LONGEST_NOTE} characters. Nothing was exported."
        )
    run = published_run()
    if run is None:
        raise CampaignRefused("No segments are published. Nothing was exported.")
    wanted = PURPOSES[purpose]
    reached = audience(chosen, wanted)
    if not reached.listed:
        raise CampaignRefused(
            f"Of {reached.matched} customers the filter means nobody consents to this purpose. "
            "Nothing was exported."
        )
    now = timezone.now()
    campaign = Campaign.objects.create(
        by=by,
        at=now,
        purpose=purpose,
        consent=wanted.consent,
        note=note,
        document=chosen.to_document(),
        fields=list(columns),
        run_number=run.number,
        matched=reached.matched,
        left_out=reached.left_out,
        file_name=f"finseg-{purpose}-{timezone.localtime(now):%Y-%m-%d-%H%M%S}.csv",
    )
    record_look(
        actor=by,
        about=campaign,
        note=f"Exported {reached.listed} customers: {wanted.label}",
        numbers=reached.numbers.tolist(),
        what=wanted.told,
    )
    return campaign, reached


def campaign_file(campaign, reached):
    """The file piece by piece; what was written and its digest are noted at the end.

    Whoever stops reading early leaves the campaign cut short, with the lines sent so far.

    Yields
    ------
    bytes
        UTF-8.
    """
    digest, written, state = hashlib.sha256(), 0, CampaignState.CUT_SHORT
    try:
        first = header([COLUMNS[key] for key in campaign.fields]).encode()
        digest.update(first)
        yield first
        with closing(file_lines(reached.numbers, campaign.fields)) as pieces:
            for text, count in pieces:
                piece = text.encode()
                digest.update(piece)
                written += count
                yield piece
        state = CampaignState.DONE
    finally:
        done = {"listed": written, "digest": digest.hexdigest(), "state": state}
        Campaign.objects.filter(pk=campaign.pk).update(**done)
        record(
            actor=campaign.by,
            about=campaign,
            action=LogEntry.Action.CREATE,
            changes={"rows": ["", str(written)], "sha256": ["", done["digest"]]},
            note=f"{PURPOSES[campaign.purpose].label}: {CampaignState(state).label.lower()}",
        )
