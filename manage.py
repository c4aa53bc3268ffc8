#!/usr/bin/env python3
"""Django's command line for finseg."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finseg.settings")
    from django.core.management import execute_from_command_line

    from finseg.local.environment import prepare
    from finseg.local.errors import CannotStart

    try:
        prepare(starting=sys.argv[1:2] == ["up"])
    except CannotStart as error:
        sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
