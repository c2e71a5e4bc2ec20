"""Alerts to a webhook, when an address is set. Knows nothing of Dagster.

The address is a secret (it often carries a token): it is never logged, and neither is an error text
that might quote it.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

from pydantic import SecretStr

TIMEOUT_SECONDS = 10

Send = Callable[[str, bytes], None]


def failure_message(*, job: str, run_id: str, error: str) -> dict[str, Any]:
    """The message about a failed run."""
    text = f"Tenure: {job} {run_id} failed, nothing was published. {error} See `tenure status`."
    return {"text": text, "job": job, "run_id": run_id}


def alert(address: SecretStr, message: dict[str, Any], send: Send) -> str | None:
    """Send a message; return what went wrong, without the address, or None.

    Args:
        address: Where to; nothing is sent when empty.
        message: What to send, as JSON.
        send: How.
    """
    if not address.get_secret_value():
        return None
    try:
        send(address.get_secret_value(), json.dumps(message).encode())
    except (OSError, ValueError) as error:
        return (
            f"The alert could not be sent ({type(error).__name__}). Check TENURE_ALERT_WEBHOOK_URL."
        )
    return None


def post(address: str, body: bytes) -> None:
    """Post a JSON body over HTTP.

    Raises:
        OSError: The address cannot be reached or refuses the message.
        ValueError: It is no http or https address.
    """
    if not address.startswith(("https://", "http://")):
        raise ValueError("no http or https address")
    request = urllib.request.Request(
        address, data=body, headers={"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):
        pass
