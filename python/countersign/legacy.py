"""Tokens that an application has issued before it moved to its issuer, as in the tutorial with PyJWT: honoured until a day."""

import datetime
import hashlib
import hmac
import logging
import time

from .refusals import Rejected, invalid
from .tokens import LEEWAY, decode, is_text, is_time, parse_object

log = logging.getLogger("countersign")

_MAX_DAYS_AHEAD = 366
_MIN_SECRET_BYTES = 32  # of HS256 (RFC 7518, section 3.2)
_MAX_LENGTH = 8192  # characters of a token
_MAX_LIFETIME = 2_592_000  # seconds


class LegacyTokens:
    """Tokens of HS256 and one secret. They belong to no session: no status list revokes them.

    - `secret`: the secret of the application, of 32 bytes or more. Use it for nothing else.
    - `until`: the day on which they end, such as "2027-03-01", at 0:00 UTC; at most a year ahead.
    - `claim`: the claim that names the user; the principal has it as its subject.
    - `find_user`: returns, for the value of that claim, the claims that replace those of the token, with `sub`; None for a user
      who is unknown, disabled or deleted, whose token is refused. Default: the claims of the token are used.

    `used` counts the tokens that were accepted by this process, and each is logged at INFO: when there are none any more, remove it.
    """

    def __init__(self, secret, until, *, claim="sub", find_user=None):
        self._secret = secret.encode() if isinstance(secret, str) else bytes(secret)
        if len(self._secret) < _MIN_SECRET_BYTES or len(set(self._secret)) < 8:
            raise ValueError("the secret of legacy tokens must have 32 bytes or more, and not repeat a few characters")
        day = datetime.datetime.strptime(until, "%Y-%m-%d").replace(tzinfo=datetime.timezone.utc)
        self._until = day.timestamp()
        if self._until > time.time() + _MAX_DAYS_AHEAD * 86_400:
            raise ValueError("the day on which legacy tokens end must be at most a year ahead")
        self._claim, self._find_user = claim, find_user
        self.used = 0

    def has_issued(self, token):
        """Returns whether a token says that it is signed with HS256, as none of an issuer with public keys is."""
        try:
            return len(token) <= _MAX_LENGTH and parse_object(decode(token.split(".")[0])).get("alg") == "HS256"
        except Rejected:
            return False

    def verify(self, token, now):
        """Returns the claims of a token, in the order of RFC 8725: form, signature, claims."""
        parts = token.split(".")
        if len(parts) != 3:
            raise invalid("it does not have three parts")
        head, payload, signature = map(decode, parts)
        header = parse_object(head)
        if "crit" in header or str(header.get("typ", "JWT")).lower() not in ("jwt", "application/jwt"):
            raise invalid("its header has a crit, or a type that is not JWT")
        expected = hmac.new(self._secret, token[: token.rindex(".")].encode("ascii"), hashlib.sha256).digest()
        if not hmac.compare_digest(expected, signature):
            raise invalid("its signature is wrong")
        claims = parse_object(payload)
        self._check(claims, now)
        found = self._user(claims)
        self.used += 1
        log.info("a legacy token was used by %s", found["sub"])
        return found

    def _check(self, claims, now):
        exp, iat, nbf = claims.get("exp"), claims.get("iat", 0), claims.get("nbf", 0)
        if not all(map(is_time, (exp, iat, nbf))):
            raise invalid("it has no exp, or a malformed time")
        if now >= self._until:
            raise invalid("legacy_token_ended: tokens of the former application are not accepted any more")
        if now >= exp + LEEWAY:
            raise Rejected("token_expired", f"it expired {int(now - exp)} seconds ago")
        if now < max(iat, nbf) - LEEWAY:
            raise invalid("it is not valid yet; compare the clocks")
        if iat > 0 and exp - iat > _MAX_LIFETIME:
            raise invalid("its lifetime is too long")
        if "aud" in claims or "cnf" in claims:
            raise invalid("it is for an audience, or bound to a key")

    def _user(self, claims):
        name = claims.get(self._claim)
        if isinstance(name, int) and not isinstance(name, bool):
            name = str(name)
        if not is_text(name):
            raise invalid(f"its claim {self._claim} names no user")
        if self._find_user is None:
            return {**claims, "sub": name}
        found = self._find_user(name)
        if found is None:
            raise invalid("its user is unknown, disabled or deleted")
        return found
