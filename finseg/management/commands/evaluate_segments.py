"""`manage.py evaluate_segments`: do segments find kinds of investors, and do they last?"""

from django.core.management.base import BaseCommand, CommandError
from sklearn.metrics import adjusted_rand_score
from tqdm import tqdm

from accounts.domain.sectors import SECTORS
from finseg.demo.archetypes import ARCHETYPES
from finseg.demo.marketplace import NoHistory as NoMarket
from finseg.demo.marketplace import demo_market
from finseg.demo.measured import blurred, divided_by_ranks, measured_customers
from segmentation.domain.features import main_features
from segmentation.domain.model import CannotSegment, train
from segmentation.domain.rivals import equal_tiers, plain_kmeans
from segmentation.domain.selection import choose
from segmentation.domain.stability import bootstrap_retrains, snapshot_retrains
from segmentation.queries import customer_columns, feature_matrix
from segmentation.services.snapshots import NoHistory, market_as_of, weekly_features

OTHERWISE = (0.0, 0.15, 0.30, 0.50)
NOISE = (0.0, 0.5, 1.0, 2.0)
USUAL = 0.30
RANDOM_STATE = 20_250_331


class Command(BaseCommand):
    help = (
        "Measures segments on the stored prices and customers, and stores nothing. 'archetypes' "
        "generates customers whose kind is known; 'bootstraps' and 'weeks' train again on the "
        "stored customers, redrawn or as they were on past weekly dates."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "what", nargs="*", default=["archetypes", "bootstraps", "weeks"], metavar="WHAT"
        )
        parser.add_argument("--customers", type=int, default=2_000, help="generated customers")
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--bootstraps", type=int, default=20)
        parser.add_argument("--weeks", type=int, default=10)

    def handle(self, *, what, customers, seed, bootstraps, weeks, **options):
        parts = {
            "archetypes": lambda: self.archetypes(customers, seed),
            "bootstraps": lambda: self.bootstraps(bootstraps),
            "weeks": lambda: self.weeks(weeks),
        }
        unknown = sorted(set(what) - set(parts))
        if unknown:
            raise CommandError(f"{', '.join(unknown)} is none of {', '.join(parts)}.")
        if customers < 100 or bootstraps < 2 or weeks < 2:
            raise CommandError("At least 100 customers, 2 bootstraps and 2 weeks are needed.")
        try:
            for each in what:
                parts[each]()
        except (NoMarket, NoHistory, CannotSegment) as reason:
            raise CommandError(f"{reason} Nothing was stored.") from None

    def archetypes(self, count, seed):
        market = demo_market(SECTORS)
        columns = market_as_of(market.symbols, market.days[-1])
        settings = [(share, 0.0) for share in OTHERWISE]
        settings += [(USUAL, noise) for noise in NOISE if noise]
        self.stdout.write(
            f"{count:,} generated customers of {len(ARCHETYPES)} kinds, seed {seed}; adjusted "
            "Rand index against the kind\n"
            "declare otherwise  noise  k chosen  chosen k  k=6    k=6, ranks  "
            "plain K-Means k=6  income tiers"
        )
        made = {}
        for share, noise in tqdm(settings, unit="setting", disable=None):
            if share not in made:
                made[share] = measured_customers(
                    count, seed=seed, market=market, columns=columns, otherwise=share
                )
            values, kind = made[share]
            self.stdout.write(self.row(blurred(values, noise, seed=seed), kind, share, noise))

    def row(self, values, kind, share, noise):
        kinds = len(ARCHETYPES)
        model, candidates = train(values, SECTORS, k=kinds, random_state=RANDOM_STATE)
        pinned = model.assign(values).labels
        k, own = choose(candidates), pinned
        if k != kinds:
            chosen, _ = train(values, SECTORS, k=k, random_state=RANDOM_STATE)
            own = chosen.assign(values).labels
        plain, _ = plain_kmeans(values, kinds, random_state=RANDOM_STATE)
        keys = [feature.key for feature in main_features()]
        tiers = equal_tiers(values[:, keys.index("annual_income")], kinds)
        ranks = divided_by_ranks(values, kinds, random_state=RANDOM_STATE)
        ours, six, ranked, theirs, cut = (
            adjusted_rand_score(kind, labels) for labels in (own, pinned, ranks, plain, tiers)
        )
        return (
            f"{share:17.0%}  {noise:5.1f}  {k:8}  {ours:8.3f}  {six:5.3f}  {ranked:10.3f}  "
            f"{theirs:17.3f}  {cut:12.3f}"
        )

    def bootstraps(self, times):
        columns = customer_columns()
        with tqdm(total=times + 1, unit="training", disable=None) as bar:
            done = bootstrap_retrains(
                feature_matrix(columns),
                SECTORS,
                times=times,
                random_state=RANDOM_STATE,
                on_done=bar.update,
            )
        self.show(f"{times} trainings on redrawn customers, against all of them", done)

    def weeks(self, weeks):
        with tqdm(total=weeks, unit="week", disable=None) as bar:
            done = snapshot_retrains(
                weekly_features(weeks), SECTORS, random_state=RANDOM_STATE, on_done=bar.update
            )
        self.show(f"{weeks} weekly trainings, each against the week before", done)

    def show(self, title, done):
        self.stdout.write(
            f"\n{title}\n{'':14}customers  chosen  ARI    movers  kept  by themselves"
        )
        for each in done:
            alone = each.moved_by_themselves
            self.stdout.write(
                f"{each.name:14}{each.customers:9,}  {each.chosen:6}  {each.ari:.3f}  "
                f"{each.movers:6.1%}  {each.kept:4.0%}  {'' if alone is None else f'{alone:.1%}'}"
            )
        n = len(done)
        alone = [each.moved_by_themselves for each in done if each.moved_by_themselves is not None]
        self.stdout.write(
            f"{'mean':14}{'':17}  {sum(e.ari for e in done) / n:.3f}  "
            f"{sum(e.movers for e in done) / n:6.1%}  {sum(e.kept for e in done) / n:4.0%}  "
            + (f"{sum(alone) / len(alone):.1%}" if alone else "")
        )
