"""What the planner accepts."""

from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from django import forms

from sip.domain.plans import LEAST_AMOUNT, Plan
from sip.domain.presets import ASSUMED_RATES
from sip.models import Compounding, Kind

FIELDS = ("kind", "amount", "rate", "years", "start", "step_up", "inflation", "compounding")
AMOUNT_LABELS = {"sip": "Every month", "lump": "Once", "goal": "To reach"}


class Amounts(NamedTuple):
    """Rupees that a kind of plan begins with, and those its slider offers."""

    usual: int
    least: int
    most: int
    step: int


AMOUNTS = {
    "sip": Amounts(5_000, 500, 50_000, 500),
    "lump": Amounts(100_000, 5_000, 1_000_000, 5_000),
    "goal": Amounts(1_000_000, 50_000, 10_000_000, 50_000),
}


def _limits(least, most):
    """Give the sentences beside a number that is missing or out of its limits."""
    return {
        "required": f"Give a number from {least} to {most}.",
        "invalid": f"That is not a number. Give one from {least} to {most}.",
        # Django puts the limit into these two by the % operator.
        "min_value": f"That is too little. The least is {least}.".replace("%", "%%"),
        "max_value": f"That is too much. The most is {most}.".replace("%", "%%"),
    }


def _percent(label, most):
    return forms.FloatField(
        label=label,
        min_value=0,
        max_value=most,
        error_messages=_limits("0%", f"{most}%"),
        widget=forms.NumberInput(
            attrs={"class": "form-control num", "step": "0.1", "inputmode": "decimal"}
        ),
    )


class PlanForm(forms.Form):
    """A plan, from the address line: every value has a default, so that none need be given."""

    kind = forms.ChoiceField(label="Kind of plan", choices=Kind, widget=forms.RadioSelect)
    amount = forms.DecimalField(
        min_value=LEAST_AMOUNT,
        max_value=1_000_000_000,
        decimal_places=2,
        error_messages=_limits(f"₹{LEAST_AMOUNT}", "₹100 crore"),
        widget=forms.NumberInput(
            attrs={"class": "form-control num", "step": "100", "inputmode": "decimal"}
        ),
    )
    rate = _percent("Return, a year", 30)
    years = forms.IntegerField(
        label="For",
        min_value=1,
        max_value=40,
        error_messages=_limits("1 year", "40 years"),
        widget=forms.NumberInput(attrs={"class": "form-control num", "inputmode": "numeric"}),
    )
    start = forms.DateField(
        label="First deposit",
        widget=forms.DateInput(
            format="%Y-%m-%d", attrs={"class": "form-control num", "type": "date"}
        ),
    )
    step_up = _percent("Step-up, a year", 50)
    inflation = _percent("Inflation, a year", 20)
    compounding = forms.ChoiceField(
        label="Monthly rate",
        choices=Compounding,
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def __init__(self, given, *, today):
        """Bind to `given` (a query or posted data) on top of the defaults."""
        asked = {name: given[name] for name in FIELDS if name in given}
        if given.get("preset") in ASSUMED_RATES:
            asked["rate"] = f"{ASSUMED_RATES[given['preset']] * 100:g}"
        super().__init__({**defaults(today=today, kind=asked.get("kind")), **asked})
        self.today = today
        # Tied to each control, so that a reader is told of the error and not only shown it.
        for name in FIELDS:
            self.fields[name].widget.attrs["aria-describedby"] = f"error-{name}"

    def clean_start(self):
        start = self.cleaned_data["start"]
        if not self.today - timedelta(days=3660) <= start <= self.today + timedelta(days=3660):
            raise forms.ValidationError("Choose a first deposit within ten years of today.")
        return start

    @property
    def amount_label(self):
        """What the amount means for the chosen kind."""
        return AMOUNT_LABELS.get(self.data.get("kind"), AMOUNT_LABELS["sip"])

    @property
    def kinds(self):
        """Kinds of plan as (value, label, amounts)."""
        return [(value, label, AMOUNTS[value]) for value, label in self.fields["kind"].choices]

    @property
    def amounts(self):
        """Amounts of the chosen kind."""
        return AMOUNTS.get(self.data.get("kind"), AMOUNTS["sip"])

    def plan(self):
        """Give the validated plan."""
        data = self.cleaned_data
        return Plan(
            kind=data["kind"],
            amount=float(data["amount"]),
            annual_rate=data["rate"] / 100,
            years=data["years"],
            start=data["start"],
            step_up=data["step_up"] / 100 if data["kind"] != Kind.LUMP else 0.0,
            inflation=data["inflation"] / 100,
            compounding=data["compounding"],
        )

    def query(self):
        """Give the address-line form of what was asked: what a shared link carries."""
        return urlencode({name: self.data[name] for name in FIELDS})


def defaults(*, today: date, kind: str | None = None):
    """Give the plan a newcomer sees: 5,000 a month at 9 % for 10 years.

    Of another `kind` the amount is what is usual there: a goal is no monthly deposit.
    """
    return {
        "kind": Kind.SIP.value,
        "amount": str(AMOUNTS.get(kind, AMOUNTS["sip"]).usual),
        "rate": "9",
        "years": "10",
        "start": _first_of_next_month(today).isoformat(),
        "step_up": "0",
        "inflation": "5",
        "compounding": Compounding.NOMINAL.value,
    }


def query_of(plan):
    """Give the address-line form of a saved plan."""
    return urlencode(
        {
            "kind": plan.kind,
            "amount": f"{plan.amount:.2f}".rstrip("0").rstrip("."),
            "rate": f"{plan.annual_rate * 100:.6g}",
            "years": plan.years,
            "start": plan.start.isoformat(),
            "step_up": f"{plan.step_up * 100:.6g}",
            "inflation": f"{plan.inflation * 100:.6g}",
            "compounding": plan.compounding,
        }
    )


def _first_of_next_month(day):
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


class PlanNameForm(forms.Form):
    """The name a plan is saved under."""

    name = forms.CharField(
        label="Name",
        max_length=80,
        error_messages={"required": "Give the plan a name."},
        widget=forms.TextInput(
            attrs={"class": "form-control", "placeholder": "A name", "autocomplete": "off"}
        ),
    )
