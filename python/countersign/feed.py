"""The feed of a status list: server-sent events, read by a thread that connects again after each end."""

import logging
import random
import threading
import time

from .deadline import Deadline
from .documents import REQUEST_ERRORS, open_document
from .refusals import Rejected, invalid
from .tokens import is_text

log = logging.getLogger("countersign")

_FIRST_SILENCE = 15  # seconds without an event, until an event says how long the next one may take
_MAX_SILENCE = 600
_MAX_EVENT_BYTES = 512 * 1024
# An issuer sends a hundred events when 100,000 sessions end at once, and some hundred in a second when they end one by one.
_MAX_EVENTS_AT_ONCE, _MAX_EVENTS_PER_SECOND = 10_000, 1_000
_BYTES_OF_AN_EVENT, _LINES_OF_AN_EVENT = 1024, 4  # a line counts by its size, and a short one as a quarter of an event
_KEY_REQUESTS = 2  # for each change of the keys: the first may meet a server that had not read the change yet
_SECONDS_PER_KEY_REQUEST = 2  # a relay could alternate events with two names, which are both valid for some seconds
_MAX_AHEAD = 3 * _SECONDS_PER_KEY_REQUEST  # four requests at once: for the first name, and for a change right after it


class Feed:
    """Follows the feed of a list in a daemon thread."""

    def __init__(self, held):
        self._list, self.is_open, self._budget = held, False, Budget()
        self._silence, self._failures, self._is_accepted = _FIRST_SILENCE, 0, False
        self._key_names = KeyNames(held.keys)
        threading.Thread(target=self._follow, name="countersign-feed", daemon=True).start()

    def _follow(self):
        while not self._is_over():
            self._is_accepted, is_silent, is_refused, failures_before = False, False, False, self._failures
            try:
                self._read()
                log.info("the feed of %s ended", self._list.uri)
            except REQUEST_ERRORS as error:
                is_silent = self._is_accepted and isinstance(error, TimeoutError)
                is_refused = self._is_accepted and isinstance(error, Rejected)
                log.info("the feed of %s was cut: %s", self._list.uri, error)
            except Exception:
                log.exception("the feed of %s failed", self._list.uri)
            self.is_open = False
            # A silent server waits for its database, and then sends what was missed to connected guards: no backoff.
            if is_refused:
                self._failures = failures_before + 1  # also after valid events
                self._list.note_gap()  # an event may have been lost
            else:
                self._failures = 1 if is_silent else self._failures + 1
            self._list.closed.wait(backoff(self._failures, 0.25))

    def _read(self):
        """Reads one connection. The issuer first sends all changes since `Last-Event-ID`, then each change as it happens."""
        held = self._list
        deadline = Deadline(self._silence)  # for the end of the next event
        with open_document(
            f"{held.address}/feed", ("text/event-stream",), deadline, held.is_relayed, **{"Last-Event-ID": str(held.seq)}
        ) as stream:
            self._is_accepted = True
            for data in events(stream, self._budget):
                claims = held.verify(data, "statuslist-change+jwt", ("iss", "after", "seq", "idx"))
                held.apply_change(claims)
                self.is_open, self._failures = True, 0
                self._silence = min(_MAX_SILENCE, max(1, claims["exp"] - claims["iat"]))
                self._key_names.follow(claims.get("keys"))
                deadline.restart(self._silence)
                if self._is_over():
                    return

    def _is_over(self):
        return self._list.is_dropped or self._list.closed.is_set()


class KeyNames:
    """Requests the issuer's keys when an event names others than the events before it: one may have been revoked.

    A request that failed, or that would come too soon, is repeated with a later event.
    """

    def __init__(self, keys):
        self._keys, self._last, self._remaining = keys, None, 0
        self._spent_until, self._failures = time.monotonic(), 0

    def follow(self, names):
        """Takes the names that an event has."""
        if not is_text(names):
            return
        if names != self._last:
            self._last, self._remaining = names, _KEY_REQUESTS
        now = time.monotonic()
        if self._remaining == 0 or self._spent_until > now + _MAX_AHEAD:
            return
        self._spent_until = max(self._spent_until, now) + _SECONDS_PER_KEY_REQUEST
        if self._keys.refresh(force=True):
            self._remaining, self._failures = self._remaining - 1, 0
        else:
            self._failures += 1
            self._spent_until = time.monotonic() + _MAX_AHEAD + backoff(self._failures, 1)


class Budget:
    """Limits what a feed may send, over all its connections (a token bucket): some thousand events at once, and fewer in each second."""

    def __init__(self):
        self._left, self._filled_at = _MAX_EVENTS_AT_ONCE, time.monotonic()

    def spend(self, size):
        """Counts a line of so many bytes. Raises `ValueError` if the lines are too many."""
        now = time.monotonic()
        self._left = min(_MAX_EVENTS_AT_ONCE, self._left + (now - self._filled_at) * _MAX_EVENTS_PER_SECOND)
        self._filled_at = now
        self._left -= max(size / _BYTES_OF_AN_EVENT, 1 / _LINES_OF_AN_EVENT)
        if self._left < 0:
            raise ValueError("the feed sends too many events")


def events(stream, budget):
    """Yields the data of each event of the type `status` (HTML, section 9.2.6). Fails for an event that is too large."""
    kind, data, size = "", [], 0
    while line := stream.readline(_MAX_EVENT_BYTES):
        budget.spend(len(line))
        size += len(line)
        if size > _MAX_EVENT_BYTES:
            raise invalid("an event of the feed has no end")
        text = line.decode("utf-8").rstrip("\r\n")
        name, _, value = text.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if text == "":
            if data and kind == "status":
                yield "\n".join(data)
            kind, data, size = "", [], 0
        elif name == "event":
            kind = value
        elif name == "data":
            data.append(value)


def backoff(failures, min_seconds):
    """Returns the seconds to wait after that many consecutive failures: doubled each time, with jitter."""
    return min(30, min_seconds * 2 ** min(failures - 1, 10)) * random.uniform(0.5, 1)
