"""An alert says what failed and never where it was sent to."""

import http.server
import json
import threading
from typing import Any

import pytest
from pydantic import SecretStr

from orchestration.automation.alerts import alert, failure_message, post

ADDRESS = SecretStr("https://hooks.example.com/T0K3N")
MESSAGE = failure_message(job="nightly", run_id="r1", error="Steps failed: gate_raw.")


def test_the_message_names_job_run_and_reason() -> None:
    assert MESSAGE["text"] == (
        "Tenure: nightly r1 failed, nothing was published. Steps failed: gate_raw. "
        "See `tenure status`."
    )


def test_without_an_address_nothing_is_sent() -> None:
    sent: list[Any] = []
    assert alert(SecretStr(""), MESSAGE, lambda *call: sent.append(call)) is None
    assert sent == []


def test_it_is_sent_as_json() -> None:
    sent: list[tuple[str, bytes]] = []
    assert alert(ADDRESS, MESSAGE, lambda *call: sent.append(call)) is None
    ((address, body),) = sent
    assert address == "https://hooks.example.com/T0K3N"
    assert json.loads(body) == MESSAGE


@pytest.mark.parametrize(
    "error", [OSError("cannot reach T0K3N"), ValueError("T0K3N"), TimeoutError()]
)
def test_a_problem_is_told_without_the_address(error: Exception) -> None:
    def send(_: str, __: bytes) -> None:
        raise error

    problem = alert(ADDRESS, MESSAGE, send)
    assert problem is not None
    assert "TENURE_ALERT_WEBHOOK_URL" in problem
    assert "T0K3N" not in problem


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://x", "hooks"])
def test_only_web_addresses_are_posted_to(address: str) -> None:
    with pytest.raises(ValueError, match="no http"):
        post(address, b"{}")


def test_posting_reaches_a_server() -> None:
    received: list[tuple[str | None, bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            received.append((self.headers["Content-Type"], self.rfile.read(length)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    post(f"http://127.0.0.1:{server.server_port}/", b'{"text": "x"}')
    thread.join(5)
    server.server_close()
    assert received == [("application/json", b'{"text": "x"}')]
