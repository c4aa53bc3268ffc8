"""The one exception a person at the keyboard is meant to read."""


class CannotStart(Exception):
    """The local machine cannot run; the message is one sentence, shown without a traceback."""
