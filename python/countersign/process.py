"""The state of a guard in one process: keys, status lists, and the threads that keep them up to date."""

import logging
import re
import threading
import time

from .keys import Keys
from .refusals import Rejected, invalid
from .status_list import StatusList
from .tokens import is_count, is_text

log = logging.getLogger("countersign")

_MAX_LISTS = 64  # with half a million sessions or more in each
_FORGET_AFTER = 86_400  # seconds since a token named a list; by then every token that did has expired


class Process:
    """The state of a guard in one process. Its thread starts with the first request, so that a server may fork before it."""

    def __init__(self, guard):
        self.guard, self.keys, self.lists = guard, Keys(guard.issuer), {}
        self.closed = threading.Event()
        self._lock = threading.Lock()
        self._thread = None

    def start(self):
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._tick, name="countersign", daemon=True)
                self._thread.start()

    def check_status(self, claims):
        """Rejects a verified token whose session has ended, and one whose status cannot be known."""
        uri, index = _status_of(claims, self.guard.issuer)
        held = self._list_at(uri)
        if held.status_at(index) == "unknown":
            held.load(waits=True)
        status = held.status_at(index)
        if status == "revoked":
            raise Rejected("token_revoked", "its session has ended")
        if status == "unknown":
            raise Rejected("revocation_unknown", held.problem or f"the status list {uri} is too old")

    def _list_at(self, uri):
        with self._lock:
            if uri not in self.lists:
                if len(self.lists) >= _MAX_LISTS:
                    raise Rejected("revocation_unknown", f"more than {_MAX_LISTS} status lists are in use")
                self.lists[uri] = StatusList(uri, self.guard, self.keys, self.closed)
            held = self.lists[uri]
            held.named_at = time.monotonic()
            return held

    def _tick(self):
        """Requests keys and lists when they are due, once a second."""
        while not self.closed.wait(1):
            try:
                self._refresh_keys()
                for held in self._lists_in_use():
                    if held.is_due():
                        held.load()
                        self._refresh_keys()  # a list may take seconds: the keys wait for one of them, and not for all
            except Exception:
                log.exception("the synchronization of keys and status lists failed; it continues")

    def _refresh_keys(self):
        if time.monotonic() >= self.keys.fresh_until:
            self.keys.refresh()

    def _lists_in_use(self):
        with self._lock:
            for uri, held in list(self.lists.items()):
                if time.monotonic() > held.named_at + _FORGET_AFTER:
                    self.lists.pop(uri).is_dropped = True
            return list(self.lists.values())


def _status_of(claims, issuer):
    """Returns the list and the index that a token names. Only a URL below the issuer's own is requested."""
    status = claims.get("status")
    named = status.get("status_list") if isinstance(status, dict) else None
    uri, index = (named.get("uri"), named.get("idx")) if isinstance(named, dict) else (None, None)
    base = issuer.rstrip("/") + "/"
    segment = r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*"
    is_below = is_text(uri) and uri.startswith(base) and re.fullmatch(f"{segment}(/{segment})*", uri[len(base) :])
    if not is_below or not is_count(index):
        raise invalid("it names no status list of its issuer")
    return uri, index
