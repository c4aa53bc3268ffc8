"""`manage.py demo`: a market's worth of customers to try the product with."""

import time
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from tqdm import tqdm

from accounts.domain.sectors import SECTORS
from accounts.models import User
from finseg.demo.customers import make_customers
from finseg.demo.logins import create_logins
from finseg.demo.marketplace import NoHistory, demo_market
from finseg.demo.store import DOMAIN, store_customers
from market.queries import active_source, market_status
from portfolios.services import store_points, value_all_portfolios
from recommendations.services import build_all
from recommendations.tasks import judge_past_picks
from segmentation.queries import published_run
from segmentation.services.publication import NeedsApproval, publish_run
from segmentation.services.ranking import rank_published
from segmentation.services.training import train_run


class Command(BaseCommand):
    help = (
        "Generates demo customers who trade at the loaded prices, then values, segments and "
        "advises them. Needs DEMO=on. Adds only what is missing."
    )

    def add_arguments(self, parser):
        parser.add_argument("--customers", type=int, default=2_000)
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument(
            "--wait", type=int, default=600, help="seconds to wait for the price history"
        )
        parser.add_argument(
            "--logins",
            type=Path,
            default=settings.LOCAL_DIR / "demo-logins.json",
            help="where the two logins are written",
        )

    def handle(self, *, customers, seed, wait, logins, **options):
        if not settings.DEMO:
            raise CommandError("DEMO is off: demo customers are only made with DEMO=on.")
        if customers < 1:
            raise CommandError("--customers takes a number above zero.")
        people = connection.get_collection("demo_archetypes")
        present = people.count_documents({})
        if not present and User.objects.exclude(email__endswith=DOMAIN).exists():
            raise CommandError(
                f"The database {settings.MONGODB_NAME!r} has users of its own, and demo customers "
                "are not mixed with them. Nothing was written; name another MONGODB_NAME."
            )
        if present < customers:
            call_command("load_instruments", verbosity=0)
            market = self.wait_for_history(wait)
            made = self.add_customers(market, present, customers, seed)
            self.stdout.write(
                f"{made['customers']:,} customers with {made['trades']:,} trades "
                f"at prices of the source '{active_source()}'"
            )
        first = people.find_one(sort=[("_id", 1)])["_id"]
        create_logins(investor_number=first, file=logins)
        if present < customers or published_run() is None:
            self.serve_customers()
            # The worker does this while the pages are in use already: it takes a minute or two.
            judge_past_picks.delay()
        self.stdout.write(f"Demo ready; logins in {logins}")

    def wait_for_history(self, seconds):
        until = time.monotonic() + seconds
        said = None
        while True:
            try:
                return demo_market(SECTORS)
            except NoHistory as reason:
                if time.monotonic() > until:
                    raise CommandError(
                        f"{reason} Start the feed (manage.py feed) or load prices "
                        "(manage.py load_prices FILE); no customers were made."
                    ) from None
            text = market_status().loading or "waiting for the price history"
            if text != said:
                self.stdout.write(text)
                said = text
            time.sleep(1)

    def add_customers(self, market, present, wanted, seed):
        missing = wanted - present
        with tqdm(total=missing, unit=" customers", disable=None) as bar:
            return store_customers(
                make_customers(
                    missing, start=present, seed=seed, market=market, n_sectors=len(SECTORS)
                ),
                total=missing,
                tick=bar.update,
            )

    def serve_customers(self):
        for name, step in (
            ("Valuing portfolios", value_all_portfolios),
            ("Keeping their past values", store_points),
            ("Reading features and clustering", self.segment),
            ("Ranking segments", rank_published),
            ("Choosing recommendations", build_all),
        ):
            began = time.monotonic()
            step()
            self.stdout.write(f"{name}: {time.monotonic() - began:.1f} s")

    def segment(self):
        run = train_run()
        try:
            publish_run(run=run)
        except NeedsApproval as wait:  # many more customers than the published run knows
            self.stdout.write(f"{wait} Staff decide it in the admin, under Runs.")
