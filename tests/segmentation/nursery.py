"""Workers that can be killed: a process that has everything loaded forks one for each order.

Started as `python -m tests.segmentation.nursery` with the addresses of the servers in its
environment. It reads orders from its input, a JSON object a line, and writes what happens:
`{"pid": 1}`, then each `{"write": [stage, collection, n]}`, the n-th to that collection in that
stage, then `{"done": ...}` or `{"error": ...}`, and `{"status": n}` once the worker is gone.

An order: `do` (train, publish, refresh), `run` (number, to publish), and `die_after`, the write
after which the worker kills itself with SIGKILL, before anything else is done.
"""

import json
import os
import signal
import sys
from collections import Counter
from datetime import timedelta

import django
from pymongo import monitoring

WRITES = {"insert", "update", "delete", "findAndModify", "bulkWrite", "commitTransaction"}


class Executioner(monitoring.CommandListener):
    """Tells of writes that the server has acknowledged; kills its process after a given one."""

    def __init__(self):
        self.armed, self.die_after, self.stage = False, None, ""
        self.collections, self.counts = {}, Counter()

    def started(self, event):
        collection = str(event.command.get(event.command_name, ""))
        self.collections[event.request_id] = collection.removeprefix("segmentation_")

    def succeeded(self, event):
        collection = self.collections.pop(event.request_id, "")
        if not self.armed or event.command_name not in WRITES:
            return
        self.counts[self.stage, collection] += 1
        write = [self.stage, collection, self.counts[self.stage, collection]]
        say(write=write)
        if write == self.die_after:
            os.kill(os.getpid(), signal.SIGKILL)

    def failed(self, event):
        self.collections.pop(event.request_id, None)


def say(**what):
    os.write(1, json.dumps(what).encode() + b"\n")


def work(order, executioner):
    from segmentation.domain import selection
    from segmentation.models import SegmentationRun
    from segmentation.services import claims, publish_run, reassign_changed, train_run

    # Whoever comes next waits for the claim of a dead worker: seconds here instead of minutes.
    claims.ASSIGNING_SILENCE = timedelta(seconds=order.get("silence", 0.5))
    # Most of a training's time, and nothing is written in it.
    selection.stability = lambda *_, **__: 1.0
    executioner.die_after, executioner.armed = order.get("die_after"), True

    def told(stage, share):
        executioner.stage = stage

    if order["do"] == "train":
        run = train_run(k=3, progress=told)
        say(done=run.status, error=run.error)
    elif order["do"] == "publish":
        publish_run(run=SegmentationRun.objects.get(number=order["run"]))
        say(done="published")
    else:
        say(done=reassign_changed())


def main():
    executioner = Executioner()
    monitoring.register(executioner)
    django.setup()
    from segmentation.services import train_run  # noqa: F401  loads what a worker needs

    say(ready=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                work(json.loads(line), executioner)
            except BaseException as error:
                say(error=f"{type(error).__name__}: {error}"[:500])
            os._exit(0)
        say(pid=pid)
        say(status=os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    main()
