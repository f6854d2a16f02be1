"""Status lists (Token Status List, IETF draft) and their feed: which sessions have ended."""

import logging
import threading
import time
import zlib

from .documents import REQUEST_ERRORS, fetch
from .feed import Feed, backoff
from .refusals import KeyMissing, invalid
from .tokens import LEEWAY, check_form, check_times, decode, is_count, is_time, verify_signed

log = logging.getLogger("countersign")

_MAX_LENGTH = 1024 * 1024  # characters of a token
_MAX_BYTES = 16 * 1024 * 1024  # inflated: 134 million sessions
_DEFAULT_TTL, _MIN_TTL, _MAX_TTL = 300, 10, 86_400  # seconds
_FOREVER = float("inf")


class StatusList:
    """The copy of one list in memory. A known revocation is never undone. Times are monotonic, except what the issuer dated."""

    def __init__(self, uri, guard, keys, closed):
        self.uri, self.guard, self.keys, self.closed = uri, guard, keys, closed
        self.is_relayed = guard.relay is not None
        self.address = guard.relay.rstrip("/") + uri[len(guard.issuer.rstrip("/")) :] if self.is_relayed else uri
        self.named_at, self.is_dropped, self.problem = time.monotonic(), False, None
        self._lock, self._loading = threading.Lock(), threading.Lock()
        self._packed, self._bits, self._ttl = None, 1, _DEFAULT_TTL
        self.seq = self._highest_seq = None  # the last change in it, and the last one that was heard of
        self._issued_at = self._newest_at = 0  # when the issuer signed the loaded copy, and the newest of all that it signed
        self._confirmed_at = self._requested_at = self._reload_at = self._expires_at = -_FOREVER
        self._has_gap = self._is_behind = False  # changes were missed; the feed's server knows less than this copy
        self._failures, self._next_at, self._feed = 0, -_FOREVER, None

    def status_at(self, index):
        """Returns "good", "revoked" or "unknown": a status that was not confirmed for too long is unknown."""
        with self._lock:  # another list may come between two reads
            packed, bits = self._packed, self._bits
        if packed is None:
            return "unknown"
        per_byte = 8 // bits
        if index >= len(packed) * per_byte:
            raise invalid("its index is outside of the status list")
        if packed[index // per_byte] >> (index % per_byte * bits) & ((1 << bits) - 1):
            return "revoked"
        return "good" if time.monotonic() < min(self._confirmed_at + self._max_stale(), self._expires_at) else "unknown"

    def is_due(self):
        """Returns whether it should be loaded now: twice within the time that it is used unconfirmed, so that one answer may be lost."""
        interval = self._max_stale() / 2
        at = max(self._confirmed_at + interval, self._requested_at + interval / 5)
        return self._has_gap or time.monotonic() >= min(at, self._reload_at)

    def load(self, waits=False):
        """Requests the list, unless that was done a moment ago. `waits`: joins a running request, but never one after a failure."""
        if not self._loading.acquire(blocking=waits and self._failures == 0):
            return
        try:
            if time.monotonic() >= self._next_at:
                self._request()
        finally:
            self._loading.release()

    def _request(self):
        try:
            requested_at = time.monotonic()
            body, _ = fetch(self.address, ("application/statuslist+jwt",), _MAX_LENGTH, self.is_relayed)
            self._apply_list(self.verify(body.decode("ascii"), "statuslist+jwt", ("status_list",)), requested_at)
            self._failures, self.problem = 0, None
            self._next_at = time.monotonic() + 1
        except REQUEST_ERRORS as error:
            self._failures += 1
            self.problem = f"the status list {self.uri}: {error}"
            self._next_at = time.monotonic() + backoff(self._failures, 1)
            log.warning("%s", self.problem)
        if self.guard.revocation == "feed" and self._feed is None and self.seq is not None:
            self._feed = Feed(self)

    def verify(self, token, typ, required):
        """Returns the claims of a list or an event of its feed, as strictly verified as a token, and requests keys once if its key is unknown."""
        try:
            claims = verify_signed(token, typ, _MAX_LENGTH, self.keys)
        except KeyMissing:
            self.keys.refresh()
            claims = verify_signed(token, typ, _MAX_LENGTH, self.keys)
        check_form(claims, ("sub", "iat", "exp", *required))
        check_times(claims, self.guard.clock(), _FOREVER)
        if claims["sub"] != self.uri or claims.get("iss", self.guard.issuer) != self.guard.issuer:
            raise invalid("it is another list, or of another issuer")
        return claims

    def _apply_list(self, claims, requested_at):
        packed, bits = inflate(claims["status_list"])
        seq, iat, ttl = claims.get("seq"), claims["iat"], claims.get("ttl", _DEFAULT_TTL)
        if not is_time(ttl) or ttl == 0 or not (seq is None or is_count(seq)):
            raise invalid("its ttl or seq is malformed")
        with self._lock:
            before, highest = self._packed, self._highest_seq
            is_numbered = seq is not None and highest is not None
            knows_less = before is not None and (seq < highest if is_numbered else iat < self._issued_at)
            if knows_less:  # a slow cache, a server that lags, or a restored database
                packed = _union(before, packed)
            self._packed, self._bits, self._requested_at = packed, bits, requested_at
            is_overtaken = knows_less and (iat < self._issued_at or (self._is_fed() and not self._is_behind))
            self._has_gap = self._is_behind = False
            if is_overtaken:  # by the feed, or by a newer copy: it adds revocations and confirms nothing
                return
            self.seq, self._highest_seq = seq, max(seq, highest) if is_numbered else seq
            self._issued_at, self._newest_at = iat, max(self._newest_at, iat)
            self._ttl = min(_MAX_TTL, max(_MIN_TTL, ttl))
            until_expiry = claims["exp"] + LEEWAY - self.guard.clock()
            self._expires_at = time.monotonic() + until_expiry
            self._reload_at = requested_at + max(_MIN_TTL, (until_expiry - LEEWAY) / 2)
            # a copy that was signed long ago confirms nothing since; an issuer that numbers no changes may sign rarely
            self._confirm(requested_at if seq is None else min(requested_at, self._monotonic(iat + LEEWAY)))

    def apply_change(self, claims):
        """Sets the bits of a verified event. Also an event after a gap is true as far as it goes."""
        after, seq, indexes, iat = claims["after"], claims["seq"], claims["idx"], claims["iat"]
        if not isinstance(indexes, list) or not all(map(is_count, (after, seq, *indexes))) or after > seq:
            raise invalid("an event of the feed is malformed")
        with self._lock:
            if self.seq is None or iat < self._newest_at - LEEWAY:
                raise invalid("an event of the feed is older than one before it")
            per_byte = 8 // self._bits
            for index in indexes:
                if index < len(self._packed) * per_byte:
                    self._packed[index // per_byte] |= 1 << (index % per_byte * self._bits)
            self._highest_seq = max(self._highest_seq, seq)
            if after > self.seq or seq < self.seq:  # changes were missed, or that server knows less
                self._is_behind = seq < self.seq
                self._has_gap = True
                return
            self.seq, self._newest_at = seq, max(self._newest_at, iat)
            self._confirm(min(time.monotonic(), self._monotonic(iat)))

    def note_gap(self):
        """Has the list loaded within a second, for changes that its feed lost."""
        with self._lock:
            self._has_gap = True

    def _confirm(self, at):
        self._confirmed_at = max(self._confirmed_at, at)

    def _monotonic(self, at):
        """Converts a point in time of the issuer to monotonic time, so that steps of our clock change nothing afterwards."""
        return at - self.guard.clock() + time.monotonic()

    def _max_stale(self):
        return self.guard.max_stale or self._ttl

    def _is_fed(self):
        return self._feed is not None and self._feed.is_open


def inflate(encoded):
    """Returns the packed statuses of a list, and how many bits each of them has."""
    bits, text = (encoded.get("bits"), encoded.get("lst")) if isinstance(encoded, dict) else (None, None)
    if not is_count(bits) or bits not in (1, 2, 4, 8) or not isinstance(text, str):
        raise invalid("its bits or lst is malformed")
    stream = zlib.decompressobj()
    try:
        packed = stream.decompress(decode(text), _MAX_BYTES)
    except zlib.error:
        raise invalid("its lst is not ZLIB data") from None
    if not stream.eof:
        raise invalid("its lst is cut off, or too large")
    return bytearray(packed), bits


def _union(known, loaded):
    """Adds the revocations of the first list to the second. Every status but 0 is one, so that a bitwise or is enough."""
    size = min(len(known), len(loaded))
    both = int.from_bytes(known[:size], "big") | int.from_bytes(loaded[:size], "big")
    return bytearray(both.to_bytes(size, "big")) + loaded[size:]
