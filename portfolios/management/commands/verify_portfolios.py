"""`manage.py verify_portfolios`: stored positions proved equal to those the ledger gives."""

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from portfolios.ledgers import differences
from portfolios.models import Portfolio
from portfolios.services import rebuild_portfolio


class Command(BaseCommand):
    help = (
        "Rebuilds positions and totals of every portfolio from its ledger and compares them with "
        "the stored ones. Changes nothing unless --repair is given."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--customer", type=int, action="append", help="only this customer number; repeatable"
        )
        parser.add_argument("--repair", action="store_true", help="store what the ledger gives")

    def handle(self, *, customer, repair, **options):
        portfolios = Portfolio.objects.order_by("investor_number")
        if customer:
            portfolios = portfolios.filter(investor_number__in=customer)
        checked = wrong = 0
        for portfolio in tqdm(portfolios.iterator(500), unit=" portfolios", disable=None):
            checked += 1
            found = rebuild_portfolio(portfolio=portfolio) if repair else differences(portfolio)
            for field, (stored, rebuilt) in found.items():
                self.stdout.write(f"{portfolio}: {field} is {stored}, the ledger gives {rebuilt}")
            wrong += bool(found)
        summary = f"{checked:,} portfolios checked, {wrong:,} differed from their ledger"
        if wrong and not repair:
            raise CommandError(f"{summary}. Nothing was changed; --repair stores what it gives.")
        self.stdout.write(f"{summary}{' and were repaired' if wrong else ''}.")
