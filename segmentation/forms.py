"""What comes in with a request for segments, checked."""

from django import forms

from accounts.domain.sectors import SECTORS
from segmentation.cases import DIRECTIONS
from segmentation.domain.disagreement import OUTCOMES
from segmentation.domain.profile import TIERS
from segmentation.domain.risk import RISK_CLASSES
from segmentation.domain.selection import CANDIDATES
from segmentation.queries import MEMBER_SORTS
from segmentation.services.cases import LONGEST_NOTE


class MembersForm(forms.Form):
    """Filter, order and page of the table of members."""

    segment = forms.RegexField(r"^s\d{1,6}$", required=False)
    tier = forms.ChoiceField(choices=[(t, t) for t in ("high", "medium", "low")], required=False)
    risk = forms.ChoiceField(choices=[(r, r) for r in RISK_CLASSES], required=False)
    sector = forms.IntegerField(min_value=0, max_value=len(SECTORS) - 1, required=False)
    sort = forms.ChoiceField(
        choices=[(s, s) for key in MEMBER_SORTS for s in (key, f"-{key}")], required=False
    )
    page = forms.IntegerField(min_value=1, max_value=400, required=False)

    def clean_sort(self):
        return self.cleaned_data["sort"] or "-value"

    def clean_page(self):
        return self.cleaned_data["page"] or 1


class RebuildForm(forms.Form):
    """How many segments staff ask for; none leaves the choice to the comparison."""

    k = forms.TypedChoiceField(
        choices=[("", "By quality and stability"), *((k, f"{k} segments") for k in CANDIDATES)],
        coerce=int,
        empty_value=None,
        required=False,
        label="Number of segments",
    )


class CasesForm(forms.Form):
    """Which page of the advisers' queue is asked for."""

    state = forms.ChoiceField(
        choices=[("open", "Open"), ("taken", "Taken"), ("done", "Done")], required=False
    )
    direction = forms.ChoiceField(
        choices=[("", "Both directions"), *DIRECTIONS.items()], required=False
    )
    tier = forms.ChoiceField(
        choices=[("", "All tiers"), *((t, f"{t.title()} tier") for t in TIERS)], required=False
    )
    mine = forms.BooleanField(required=False, label="Mine alone")
    sort = forms.ChoiceField(
        choices=[
            ("priority", "What matters most"),
            ("value", "Largest portfolio"),
            ("stated", "Lowest stated score"),
            ("revealed", "Highest revealed score"),
        ],
        required=False,
    )
    page = forms.IntegerField(min_value=1, max_value=400, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("direction", "tier", "sort"):
            self.fields[name].widget.attrs["class"] = "form-select"
        self.fields["mine"].widget.attrs["class"] = "form-check-input"

    def clean_state(self):
        return self.cleaned_data["state"] or "open"

    def clean_sort(self):
        return self.cleaned_data["sort"] or "priority"

    def clean_page(self):
        return self.cleaned_data["page"] or 1


class FinishForm(forms.Form):
    """How an adviser finishes a case."""

    outcome = forms.ChoiceField(choices=OUTCOMES.items(), label="What was done")
    note = forms.CharField(
        max_length=LONGEST_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    follow_up = forms.DateField(
        required=False,
        label="Look at it again on",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="The case opens again then if the two sides still disagree.",
    )
