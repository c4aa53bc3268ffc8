"""Delete what portfolios keep of a person."""

from portfolios.models import ImportBatch, ImportMapping, LedgerChange, Portfolio, Transaction
from portfolios.services.holdings import forget_holdings
from portfolios.services.points import forget_points


def erase_customer(*, user):
    """Delete a user's ledger and portfolios; returns how many documents of each kind.

    The columns of all portfolios come last: whoever writes them meanwhile has to find the
    portfolios gone already.
    """
    own = {"investor_number": user.number}
    done = {
        "imports": ImportBatch.objects.filter(**own).delete()[0],
        "import mappings": ImportMapping.objects.filter(**own).delete()[0],
        "ledger changes": LedgerChange.objects.filter(**own).delete()[0],
        "ledger": Transaction.objects.filter(**own).delete()[0],
        "portfolios": Portfolio.objects.filter(investor=user).delete()[0],
    }
    forget_holdings(user.number)
    forget_points(user.number)
    return done
