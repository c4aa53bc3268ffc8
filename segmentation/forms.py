"""What comes in with a request for segments, checked."""

from django import forms

from accounts.domain.sectors import SECTORS
from segmentation.domain.risk import RISK_CLASSES
from segmentation.domain.selection import CANDIDATES
from segmentation.queries import MEMBER_SORTS


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
