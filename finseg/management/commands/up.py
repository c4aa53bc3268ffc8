"""`manage.py up`: the whole platform on this machine, until Ctrl-C."""

import os
import sys

from django.core.management.base import BaseCommand

from finseg.local.checks import check_platform
from finseg.local.errors import CannotStart


class Command(BaseCommand):
    help = (
        "Start MongoDB, Valkey, web server, worker, schedule and price feed on this machine, "
        "watch over them, and stop them on Ctrl-C."
    )
    # The commands that it runs check the project; a broken one is told by them.
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "--port",
            default=os.environ.get("PORT") or "8000",
            help="where the web server listens (default: PORT, else 8000)",
        )

    def handle(self, *args, port, **options):
        try:
            check_platform()
            # Needs what the check has just made sure of.
            from finseg.local import machine

            machine.run(port)
        except CannotStart as error:
            self.stderr.write(str(error))
            sys.exit(1)
