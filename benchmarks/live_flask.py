"""The other side of benchmarks/live.py: frames from Redis to clients by Flask-SocketIO.

What a small Flask app usually does: one background task that emits each frame to everyone.
"""

import eventlet

eventlet.monkey_patch()

import sys  # noqa: E402

import redis  # noqa: E402
from flask import Flask  # noqa: E402
from flask_socketio import SocketIO  # noqa: E402

app = Flask(__name__)
sockets = SocketIO(app, async_mode="eventlet", cors_allowed_origins="*")


def forward(url, channel):
    subscription = redis.Redis.from_url(url).pubsub()
    subscription.subscribe(channel)
    for message in subscription.listen():
        if message["type"] == "message":
            sockets.emit("quotes", message["data"].decode())


if __name__ == "__main__":
    port, redis_url, quotes_channel = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    sockets.start_background_task(forward, redis_url, quotes_channel)
    sockets.run(app, host="127.0.0.1", port=port)
