"""The live side in Redis: latest quotes, the feed's sign of life, its lease and its channel.

Keys all begin with "finseg:". Redis may be gone at any moment: reads then answer None, and the
caller falls back to MongoDB; writes raise, and the feed tries again.
"""

import time
from functools import lru_cache

import orjson
import redis
from django.conf import settings

from market.domain.quotes import Quote
from market.domain.wire import quote_fields, quote_from_fields

QUOTES_CHANNEL = "finseg:quotes"
HEARTBEAT_KEY = "finseg:feed:heartbeat"
STATUS_KEY = "finseg:feed:status"
LEASE_KEY = "finseg:feed:lease"

_EXTEND_LEASE = """
if redis.call('get', KEYS[1]) == ARGV[1] then
    return redis.call('pexpire', KEYS[1], ARGV[2])
end
return 0
"""
_RELEASE_LEASE = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0
"""


@lru_cache(maxsize=4)
def _client_for(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=2)


def client() -> redis.Redis:
    """Connection pool of this process for the configured Redis."""
    return _client_for(settings.REDIS_URL)


def quotes_key(source: str) -> str:
    """Hash of the latest quotes of one source: symbol to JSON."""
    return f"finseg:quotes:{source}"


def read_quotes(source: str, symbols=None) -> dict[str, Quote] | None:
    """Latest quotes of a source by symbol; None when Redis does not answer."""
    key = quotes_key(source)
    try:
        if symbols is None:
            raw = list(client().hgetall(key).values())
        else:
            names = list(symbols)
            raw = [value for value in client().hmget(key, names) if value] if names else []
    except redis.RedisError:
        return None
    quotes = (quote_from_fields(orjson.loads(value), source) for value in raw)
    return {quote.symbol: quote for quote in quotes}


def write_quotes(source: str, quotes) -> None:
    """Keep the latest quotes of a source."""
    mapping = {quote.symbol: orjson.dumps(quote_fields(quote)) for quote in quotes}
    if mapping:
        client().hset(quotes_key(source), mapping=mapping)


def publish(frame: bytes) -> None:
    """Hand one frame to every server process."""
    client().publish(QUOTES_CHANNEL, frame)


def forget_quotes(source: str) -> None:
    """Drop the latest quotes of a source, when its session starts anew."""
    client().delete(quotes_key(source))


def beat(status: dict) -> None:
    """Leave a sign of life (epoch seconds) and what the feed is doing."""
    pipe = client().pipeline(transaction=False)
    pipe.set(HEARTBEAT_KEY, f"{time.time():.3f}")
    pipe.set(STATUS_KEY, orjson.dumps(status))
    pipe.execute()


def read_status() -> dict | None:
    """What the feed last said about itself; None when it never spoke or Redis is gone."""
    try:
        raw = client().get(STATUS_KEY)
    except redis.RedisError:
        return None
    return orjson.loads(raw) if raw else None


def take_lease(owner: str, seconds: float) -> bool:
    """Become the one feed, or stay it: False while another process is."""
    milliseconds = int(seconds * 1000)
    if client().set(LEASE_KEY, owner, nx=True, px=milliseconds):
        return True
    return bool(client().eval(_EXTEND_LEASE, 1, LEASE_KEY, owner, milliseconds))


def lease_owner() -> str | None:
    """Who holds the feed's lease."""
    raw = client().get(LEASE_KEY)
    return raw.decode() if raw else None


def release_lease(owner: str) -> None:
    """Let the next feed in at once instead of after the lease runs out."""
    client().eval(_RELEASE_LEASE, 1, LEASE_KEY, owner)
