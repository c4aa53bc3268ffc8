"""A server on loopback that answers like Yahoo, and a session that finds it.

Shapes follow recorded answers: chart (v8), quote (v7), quote summary (v10), crumb and cookie.
Prices and summaries are given by the test. Symbols that begin with a fault's name behave that way:
RATELIMIT, SLOW, GARBAGE, HTML.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import numpy as np
from curl_cffi import requests

OPENING_OFFSET = 13_500  # 03:45 UTC is 09:15 IST


class YahooLike:
    """Chart and quote answers over daily bars kept in `market.domain.bars.Bars`.

    Parameters
    ----------
    bars : dict of str to Bars
        By Yahoo's symbol ("TCS.NS").
    actions : dict of str to list of (date, kind, value)
    summaries : dict of str to dict
        Modules of a quote summary, by Yahoo's symbol.
    """

    def __init__(self, bars, actions=None, summaries=None):
        self.bars, self.actions, self.summaries = bars, actions or {}, summaries or {}
        self.requests: list[str] = []
        self.failing: set[str] = set()
        handler = type("Handler", (_Handler,), {"yahoo": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._server.shutdown()
        self._server.server_close()

    def session(self):
        """A curl_cffi session whose requests to Yahoo's hosts end here."""
        return LocalSession(self.port)

    def chart(self, symbol, period1, period2):
        if symbol not in self.bars:
            return 404, _not_found()
        bars = self.bars[symbol]
        stamps = bars.dates.astype("datetime64[s]").astype(np.int64) + OPENING_OFFSET
        chosen = (stamps >= period1) & (stamps < period2)
        part, stamps = bars.take(chosen), stamps[chosen]
        quote = {name: _numbers(getattr(part, name)) for name in ("open", "high", "low", "close")}
        quote["volume"] = part.volume.tolist()
        result = {
            "meta": _meta(symbol, bars),
            "timestamp": stamps.tolist(),
            "indicators": {"quote": [quote], "adjclose": [{"adjclose": _numbers(part.adj_close)}]},
        }
        events = self._events(symbol, period1, period2)
        if events:
            result["events"] = events
        if not len(stamps):
            result = {"meta": result["meta"], "indicators": {"quote": [{}], "adjclose": [{}]}}
        return 200, {"chart": {"result": [result], "error": None}}

    def _events(self, symbol, period1, period2):
        events = {}
        for day, kind, value in self.actions.get(symbol, ()):
            stamp = int(np.datetime64(day, "s").astype(np.int64)) + OPENING_OFFSET
            if not period1 <= stamp < period2:
                continue
            if kind == "dividend":
                events.setdefault("dividends", {})[str(stamp)] = {"amount": value, "date": stamp}
            else:
                events.setdefault("splits", {})[str(stamp)] = {
                    "date": stamp,
                    "numerator": value,
                    "denominator": 1,
                    "splitRatio": f"{value}:1",
                }
        return events

    def summary(self, symbol, modules):
        if symbol not in self.summaries:
            detail = f"Quote not found for symbol: {symbol}"
            error = {"code": "Not Found", "description": detail}
            return 404, {"quoteSummary": {"result": None, "error": error}}
        told = self.summaries[symbol]
        result = {name: told[name] for name in modules if name in told}
        return 200, {"quoteSummary": {"result": [result], "error": None}}

    def quote(self, symbols):
        entries = []
        for symbol in symbols:
            bars = self.bars.get(symbol)
            if bars is None:
                continue
            stamp = int(bars.dates[-1].astype("datetime64[s]").astype(np.int64)) + 36_000
            entries.append(
                {
                    "symbol": symbol,
                    "currency": "INR",
                    "exchange": "NSI",
                    "marketState": "CLOSED",
                    "regularMarketPrice": float(bars.close[-1]),
                    "regularMarketPreviousClose": float(bars.close[-2]),
                    "regularMarketOpen": float(bars.open[-1]),
                    "regularMarketDayHigh": float(bars.high[-1]),
                    "regularMarketDayLow": float(bars.low[-1]),
                    "regularMarketVolume": int(bars.volume[-1]),
                    "regularMarketTime": stamp,
                }
            )
        return 200, {"quoteResponse": {"result": entries, "error": None}}


class _Handler(BaseHTTPRequestHandler):
    yahoo: YahooLike

    def do_GET(self):
        url = urlsplit(self.path)
        self.yahoo.requests.append(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path.startswith("/v8/finance/chart/"):
            # As at Yahoo, an ampersand that is not escaped ends the symbol.
            symbol = unquote(url.path.rsplit("/", 1)[1].split("&")[0])
            self._answer(symbol, lambda: self.yahoo.chart(symbol, *_period(query)))
        elif url.path.startswith("/v10/finance/quoteSummary/"):
            symbol = unquote(url.path.rsplit("/", 1)[1].split("&")[0])
            modules = query.get("modules", "").split(",")
            self._answer(symbol, lambda: self.yahoo.summary(symbol, modules))
        elif url.path == "/v7/finance/quote":
            symbols = query.get("symbols", "").split(",")
            self._answer(symbols[0], lambda: self.yahoo.quote(symbols))
        elif url.path == "/v1/test/getcrumb":
            self._send(200, b"crumb123", "text/plain")
        else:
            self._send(404, b"", "text/html", cookie=True)

    def _answer(self, symbol, make):
        fault = next((f for f in ("RATELIMIT", "SLOW", "GARBAGE", "HTML") if f in symbol), None)
        fault = next(iter(self.yahoo.failing), fault)
        if fault == "RATELIMIT":
            self._send(429, b"Too Many Requests\r\n", "text/plain")
        elif fault == "GARBAGE":
            self._send(200, b'{"chart": {"result": [{"meta": 7}', "application/json")
        elif fault == "HTML":
            self._send(200, b"<html>Will be right back</html>", "text/html")
        else:
            if fault == "SLOW":
                time.sleep(3)
            status, body = make()
            self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status, body, kind, cookie=False):
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if cookie:
                self.send_header("Set-Cookie", "A3=d=test; Max-Age=31536000; Path=/")
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            return

    def log_message(self, *args):
        return


class LocalSession(requests.Session):
    """Sends what is meant for Yahoo to a port of this machine."""

    def __init__(self, port):
        super().__init__()
        self._port = port

    def request(self, method, url, *args, **kwargs):
        parts = urlsplit(url)
        if not parts.netloc.endswith("yahoo.com"):
            raise AssertionError(f"{url} would leave this machine")
        url = urlunsplit(("http", f"127.0.0.1:{self._port}", parts.path, parts.query, ""))
        return super().request(method, url, *args, **kwargs)


def _period(query):
    return int(query.get("period1", 0)), int(query.get("period2", 2**40))


def _numbers(values):
    return [None if np.isnan(v) else float(v) for v in values]


def _not_found():
    detail = "No data found, symbol may be delisted"
    return {"chart": {"result": None, "error": {"code": "Not Found", "description": detail}}}


def _meta(symbol, bars):
    return {
        "currency": "INR",
        "symbol": symbol,
        "exchangeName": "NSI",
        "fullExchangeName": "NSE",
        "instrumentType": "EQUITY",
        "firstTradeDate": 1025495100,
        "gmtoffset": 19800,
        "timezone": "IST",
        "exchangeTimezoneName": "Asia/Kolkata",
        "regularMarketPrice": float(bars.close[-1]),
        "priceHint": 2,
        "dataGranularity": "1d",
        "range": "",
        "validRanges": ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"],
    }
