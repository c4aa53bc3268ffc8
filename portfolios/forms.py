"""What an investor types to record a trade."""

import secrets

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Layout, Submit
from django import forms
from django.core import signing

from portfolios.facts.performance import PERIODS
from portfolios.models import Kind
from portfolios.services import EntryRefused, entry_from
from portfolios.services.opening import LONGEST_NAME

SALT = "portfolios.trade"
FIRST = "1y"
"""The period shown where none is asked for."""


class MoneyField(forms.DecimalField):
    """An amount as people write it: 12,00,000 or ₹1,234.50."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value):
        if isinstance(value, str):
            value = value.replace(",", "").replace("₹", "").replace(" ", "")
        return super().to_python(value)


def _day_of_a_period():
    return forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
        error_messages={"invalid": "A day is written as 2025-03-31."},
    )


class TradeForm(forms.Form):
    """A buy or sell; valid only if the ledger's rules for one trade hold.

    Whether enough shares are held is the portfolio's to say, not the form's.
    """

    symbol = forms.CharField(
        label="Stock",
        max_length=30,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "list": "stocks",
                "spellcheck": "false",
            }
        ),
    )
    kind = forms.ChoiceField(
        label="Kind", choices=[(kind.value, kind.label) for kind in (Kind.BUY, Kind.SELL)]
    )
    quantity = MoneyField(label="Shares")
    price = MoneyField(label="Price a share, ₹")
    trade_date = forms.DateField(
        label="Date",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    charges = MoneyField(
        label="Charges, ₹",
        required=False,
        help_text="Brokerage, taxes and fees of the whole trade, from the contract note.",
    )

    def __init__(self, *args, latest_day=None, **kwargs):
        super().__init__(*args, **kwargs)
        if latest_day is not None:
            self.fields["trade_date"].widget.attrs["max"] = f"{latest_day:%Y-%m-%d}"
        self.trade = None
        self.helper = FormHelper()
        self.helper.form_id = "trade"
        self.helper.attrs = {"novalidate": ""}
        self.helper.layout = Layout(
            Div(Field("symbol"), Field("kind"), css_class="two"),
            Div(Field("quantity"), Field("price"), css_class="two"),
            Div(Field("trade_date"), Field("charges"), css_class="two"),
            Submit("preview", "Preview", css_class="btn-primary"),
        )

    def clean_symbol(self):
        return self.cleaned_data["symbol"].strip().upper()

    def clean(self):
        data = super().clean()
        if self.errors:
            return data
        try:
            self.trade = entry_from(**{name: data[name] for name in self.fields})
        except EntryRefused as refused:
            self.add_error(refused.field, str(refused))
        return data


class PeriodForm(forms.Form):
    """A named period, or days of one's own: any of both may be left out."""

    period = forms.ChoiceField(
        required=False,
        choices=PERIODS,
        error_messages={"invalid_choice": "There is no such period."},
    )
    start = _day_of_a_period()
    end = _day_of_a_period()

    def clean(self):
        data = super().clean()
        start, end = data.get("start"), data.get("end")
        if start and end and start > end:
            raise forms.ValidationError(
                f"The first day, {start:%d %b %Y}, is later than the last, {end:%d %b %Y}."
            )
        return data

    def asked(self):
        """Name of the period, or an empty one with its first and last day; None is open."""
        data = self.cleaned_data
        if data["start"] or data["end"]:
            return "", data["start"], data["end"]
        return data["period"] or FIRST, None, None


class NameForm(forms.Form):
    """The name of a portfolio."""

    name = forms.CharField(
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


class YearForm(forms.Form):
    """The calendar year a table is wanted for."""

    year = forms.IntegerField(min_value=1990, max_value=2100)


def seal(trade, *, user) -> str:
    """A previewed trade as a text signed for one user, with a key of its own to book it once."""
    return signing.dumps(
        {
            "key": secrets.token_urlsafe(24),
            "kind": trade.kind,
            "symbol": trade.symbol,
            "quantity": str(trade.quantity),
            "price": str(trade.price),
            "trade_date": trade.day.isoformat(),
            "charges": str(trade.charges),
        },
        salt=f"{SALT}.{user.pk}",
    )


def unseal(text, *, user):
    """Fields of a trade sealed for this user and its key; None for any other, or after a day."""
    try:
        fields = signing.loads(text, salt=f"{SALT}.{user.pk}", max_age=24 * 3600)
    except signing.BadSignature:
        return None, None
    fields["trade_date"] = forms.DateField().to_python(fields["trade_date"])
    return fields, fields.pop("key")
