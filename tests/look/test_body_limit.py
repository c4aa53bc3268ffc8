"""Bodies that are too large, as an ASGI server hands them over."""

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIHandler

from finseg.security import FORM, TOO_LARGE, within_body_limit

PIECE = 64 * 1024


@pytest.fixture
def written(monkeypatch):
    """How many bytes Django kept of each body."""
    sizes = []
    read = ASGIHandler.read_body

    async def measured(self, receive):
        body = await read(self, receive)
        sizes.append(body.seek(0, 2))
        body.seek(0)
        return body

    monkeypatch.setattr(ASGIHandler, "read_body", measured)
    return sizes


async def post(pieces, *headers):
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": "/nothing/here/",
        "query_string": b"", "root_path": "", "scheme": "http",
        "headers": [(b"host", b"localhost"), (b"accept", b"text/html"), *headers],
    }  # fmt: skip
    server = ApplicationCommunicator(within_body_limit(get_asgi_application()), scope)
    for number in range(pieces):
        more = number < pieces - 1
        await server.send_input({"type": "http.request", "body": b"x" * PIECE, "more_body": more})
    start = await server.receive_output(30)
    body = b""
    while True:
        part = await server.receive_output(30)
        body += part.get("body", b"")
        if not part.get("more_body"):
            await server.wait(30)
            return start["status"], body.decode()


@pytest.mark.django_db(transaction=True)
async def test_a_body_is_refused_by_what_it_states_or_by_what_came(settings, written):
    settings.UPLOAD_MAX_BYTES = 3 * PIECE
    most = settings.UPLOAD_MAX_BYTES + FORM
    status, page = await post(9, (b"content-length", str(9 * PIECE).encode()))
    assert status == 413 and "larger than 10 MB" in page
    status, page = await post(9, (b"transfer-encoding", b"chunked"))
    assert status == 413 and "larger than 10 MB" in page
    assert written == [0, most]
    # What is within the limit goes on whole.
    status, page = await post(4, (b"content-length", str(most).encode()))
    assert status == 404 and written[-1] == most


async def test_what_comes_after_the_end_that_was_told_is_not_handed_over(settings):
    settings.UPLOAD_MAX_BYTES = 0
    heard = []

    async def application(scope, receive, send):
        for _ in range(3):
            heard.append(await receive())
        assert scope[TOO_LARGE]

    coming = [{"type": "http.request", "body": b"x" * PIECE, "more_body": True}] * 3
    coming.append({"type": "http.disconnect"})

    async def receive():
        return coming.pop(0)

    await within_body_limit(application)({"type": "http", "headers": []}, receive, None)
    assert [message["type"] for message in heard] == ["http.request"] * 2 + ["http.disconnect"]
    assert [len(message["body"]) for message in heard[:2]] == [PIECE, 0]  # 64 KB are around a file
    assert [message["more_body"] for message in heard[:2]] == [True, False]
