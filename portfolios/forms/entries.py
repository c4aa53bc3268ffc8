"""What an investor types to enter something into the ledger: only what its kind needs."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Layout, Submit
from django import forms

from portfolios.models import Kind
from portfolios.services import EntryRefused, entry_from

TRADES = (Kind.BUY, Kind.SELL)
OTHERS = tuple(kind for kind in Kind if kind not in TRADES)
SHARES = ("symbol", "quantity", "price", "trade_date", "charges")
FIELDS = {
    "buy": SHARES,
    "sell": SHARES,
    "rights": SHARES,
    "dividend": ("symbol", "trade_date", "cash", "charges"),
    "fee": ("symbol", "trade_date", "cash", "charges"),
    "split": ("symbol", "trade_date", "ratio"),
    "bonus": ("symbol", "trade_date", "ratio"),
    "merger": ("symbol", "into", "trade_date", "ratio"),
    "demerger": ("symbol", "into", "trade_date", "ratio", "cost_share"),
    "transfer_in": ("symbol", "quantity", "price", "acquired", "trade_date", "charges"),
    "transfer_out": ("symbol", "quantity", "trade_date", "charges"),
}
"""Fields of each kind, in the order of the form; `domain.entries` says what they mean."""
LABELS = {
    "dividend": {
        "trade_date": "Ex-date or day of payment",
        "cash": "Dividend before tax, ₹",
        "charges": "Tax deducted, ₹",
    },
    "fee": {
        "symbol": "Stock, if it is for one",
        "cash": "Fee, ₹",
        "charges": "Tax on it, ₹",
    },
    "split": {"trade_date": "Ex-date", "ratio": "New shares for one old"},
    "bonus": {"trade_date": "Day of allotment", "ratio": "Further shares for one held"},
    "merger": {
        "symbol": "Company that goes",
        "into": "Company it goes into",
        "ratio": "Shares of it for one held",
    },
    "demerger": {
        "symbol": "Company that stays",
        "into": "Company split off",
        "ratio": "Shares of it for one held",
    },
    "transfer_in": {"price": "What a share had cost, ₹", "trade_date": "Day they arrived"},
    "transfer_out": {"trade_date": "Day they left"},
}
HELP = {
    "dividend": {"charges": "As the company withheld it; empty for none."},
    "fee": {"symbol": "Empty for a fee of the whole account, such as yearly maintenance."},
    "split": {"ratio": "5 where one share became five; 1/10 where ten became one."},
    "bonus": {"ratio": "1 for a bonus of 1:1; 1/2 for one share for every two held."},
    "merger": {"ratio": "Such as 42/25: 42 new shares for 25 held."},
    "demerger": {"cost_share": "0.25 for a quarter. The company publishes it for tax."},
    "rights": {"price": "What the company asked."},
    "transfer_in": {
        "price": "The depository knows days and shares but no cost: it is on the contract note.",
        "acquired": "Empty if it is not known: then the day they arrived.",
        "charges": "Of the transfer itself.",
    },
}


class MoneyField(forms.DecimalField):
    """An amount as people write it: 12,00,000 or ₹1,234.50."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value):
        if isinstance(value, str):
            value = value.replace(",", "").replace("₹", "").replace(" ", "")
        return super().to_python(value)


def _stock(label, **more):
    attrs = {
        "autocomplete": "off",
        "autocapitalize": "characters",
        "list": "stocks",
        "spellcheck": "false",
    }
    return forms.CharField(label=label, max_length=30, widget=forms.TextInput(attrs=attrs), **more)


def _day(label, **more):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **more)


class EntryForm(forms.Form):
    """One entry; valid only if the ledger's rules for it alone hold.

    Whether enough shares are held is the portfolio's to say, not the form's.
    """

    kind = forms.ChoiceField(label="Kind", choices=Kind.choices, widget=forms.HiddenInput)
    symbol = _stock("Stock")
    into = _stock("Other company")
    quantity = MoneyField(label="Shares")
    price = MoneyField(label="Price a share, ₹")
    ratio = forms.CharField(label="Ratio", max_length=20)
    cost_share = MoneyField(label="Part of the cost that moves")
    cash = MoneyField(label="Amount, ₹")
    acquired = _day("Bought on", required=False)
    trade_date = _day("Date")
    charges = MoneyField(label="Charges, ₹", required=False)
    note = forms.CharField(label="Note", max_length=200, required=False)

    kinds = OTHERS

    def __init__(self, *args, kind, latest_day=None, with_note=True, **kwargs):
        super().__init__(*args, **kwargs)
        self.entry = None
        wanted = [*FIELDS[kind], *(["note"] if with_note else [])]
        for name in list(self.fields):
            if name not in (*wanted, "kind"):
                del self.fields[name]
        self.order_fields(wanted)
        self.fields["kind"].choices = [(each.value, each.label) for each in self.kinds]
        self.fields["kind"].initial = kind
        for name, label in LABELS.get(kind, {}).items():
            self.fields[name].label = label
        for name, words in HELP.get(kind, {}).items():
            self.fields[name].help_text = words
        if kind == "fee":
            self.fields["symbol"].required = False
        if latest_day is not None:
            self.fields["trade_date"].widget.attrs["max"] = f"{latest_day:%Y-%m-%d}"
        self.helper = FormHelper()
        self.helper.form_id = "entry"
        self.helper.attrs = {"novalidate": ""}
        self.helper.layout = Layout(
            *self.rows(wanted), Submit("preview", "Preview", css_class="btn-primary")
        )

    def rows(self, names):
        return ["kind", *(Field(name) for name in names)]

    def typed(self):
        """What was typed, as `entry_from` takes it."""
        return {name: self.cleaned_data.get(name) for name in self.fields if name != "note"}

    def clean_symbol(self):
        return self.cleaned_data["symbol"].strip().upper()

    def clean_into(self):
        return self.cleaned_data["into"].strip().upper()

    def clean(self):
        data = super().clean()
        try:
            entry = entry_from(**self.typed())
        except EntryRefused as refused:
            for each in (refused, *refused.others):
                if each.field not in self.errors:  # what is no number is said already
                    self.add_error(each.field if each.field in self.fields else None, str(each))
        else:
            self.entry = None if self.errors else entry
        return data


class TradeForm(EntryForm):
    """A buy or sell, which may turn into the other."""

    kinds = TRADES

    def __init__(self, *args, kind="buy", **kwargs):
        super().__init__(*args, kind=kind, **kwargs)
        self.fields["charges"].help_text = (
            "Brokerage, taxes and fees of the whole trade, from the contract note. "
            "Left empty, the preview offers what they should be."
        )

    def rows(self, names):
        self.fields["kind"].widget = forms.Select(choices=self.fields["kind"].choices)
        first = ("symbol", "kind"), ("quantity", "price"), ("trade_date", "charges")
        rest = [Field(name) for name in names if not any(name in pair for pair in first)]
        return [*(_pair(*names) for names in first), *rest]


def _pair(*names):
    return Div(*(Field(name) for name in names), css_class="two")


def form_for(kind, *args, **kwargs):
    """The form of a kind."""
    form = TradeForm if kind in TRADES else EntryForm
    return form(*args, kind=kind, **kwargs)
