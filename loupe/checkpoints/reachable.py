"""Is anybody there? A question to a hub that never keeps the one who asks waiting."""

from __future__ import annotations

import http.client
import ssl
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """`reachable` where the hub said anything at all; `detail` is the library's own word if not."""

    reachable: bool
    detail: str | None = None


class Probe:
    """One HEAD request in a thread of its own.

    A name that does not resolve can hang in `getaddrinfo` for longer than any timeout reaches, so
    the thread is never waited for: whoever asks looks at `answer`, and goes on without it when the
    deadline has passed. No token is sent, and nothing of the reply is used.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        self.answer: Answer | None = None
        self._url = url
        self._timeout_s = timeout_s
        threading.Thread(target=self._ask, name="loupe-hub-probe", daemon=True).start()

    def _ask(self) -> None:
        try:
            request = urllib.request.Request(self._url, method="HEAD")
            with _opener().open(request, timeout=self._timeout_s):
                self.answer = Answer(True)
        except urllib.error.HTTPError as error:
            # A refusal is an answer as well; what it means, the download itself finds out.
            error.close()
            self.answer = Answer(True)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.answer = Answer(False, str(error) or type(error).__name__)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: following it would only ask somebody else."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def _opener() -> urllib.request.OpenerDirector:
    # Certificates are left to the download, which knows more places to find them; here nothing
    # secret is sent and nothing received is believed. Proxies are taken from the environment.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return urllib.request.build_opener(_NoRedirect, urllib.request.HTTPSHandler(context=context))
