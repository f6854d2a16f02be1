"""Keys: the issuer's published key set (RFC 7517), found through its metadata (RFC 8414) and cached."""

import json
import logging
import re
import threading
import time
from urllib.parse import urlsplit

import jwt

from .documents import REQUEST_ERRORS, fetch_json
from .refusals import KeyMissing, Rejected
from .tokens import decode, encode, is_text

log = logging.getLogger("countersign")

if not jwt.algorithms.has_crypto:
    raise ImportError('no key can be read without cryptography: pip install "pyjwt[crypto]"')

_COOLDOWN = 30  # seconds between two requests, so that unknown key ids cause no flood of them
_COOLDOWN_WITHOUT_KEYS = 5  # seconds; without keys every token is refused, so the issuer is asked again soon
_FRESH = 600  # seconds until keys are requested again, if the answer has no max-age
_MAX_STALE = 3600  # seconds that keys are used for longer while the issuer does not answer

# The type and the curve of each algorithm. There is none with a shared secret; ML-DSA needs a newer cryptography than Debian 12 has.
_ALGORITHMS = {
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
    **{name: ("RSA", None) for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")},
}
_NUMBERS = {"RSA": ("n", "e"), "EC": ("x", "y"), "OKP": ("x",)}
_COORDINATE_BYTES = {"P-256": 32, "P-384": 48, "P-521": 66}
_PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}


class Keys:
    """The keys of one issuer. A look-up never waits; `refresh` requests the keys, at most once in each cooldown."""

    def __init__(self, issuer):
        self.issuer = issuer
        self.fresh_until = self._next_at = float("-inf")  # monotonic time, as all times here
        self._keys, self._failure = {}, None
        self._lock = threading.Lock()

    def find(self, kid, alg):
        """Returns the algorithm and the key of a token's header. Raises `KeyMissing` if it may be known after a refresh."""
        if time.monotonic() >= self.fresh_until + _MAX_STALE:
            raise self._missing("issuer_unreachable", "the keys were not requested yet")
        alg = _usual_name(alg)
        found = self._keys.get((kid, alg))
        if found:
            return found
        if any(one == kid for one, _ in self._keys):
            raise Rejected("token_invalid", "its key is for another algorithm")
        raise self._missing("token_invalid", "its key is unknown")

    def _missing(self, code, reason):
        """While the issuer does not answer, a token with an unknown key may be valid."""
        failure = self._failure  # read once: another thread may clear it
        return KeyMissing(failure.code, str(failure)) if failure else KeyMissing(code, reason)

    def refresh(self, force=False):
        """Requests the keys and waits; returns whether the issuer answered the last time. Threads share a request, and while it does not
        answer, they do not wait for another's."""
        if not self._lock.acquire(blocking=force or self._failure is None):
            return False
        try:
            if force or time.monotonic() >= self._next_at:
                self._request()
            return self._failure is None
        finally:
            self._lock.release()

    def _request(self):
        try:
            document, max_age = _fetch_keys(self.issuer)
            keys = keys_of(document)
            if not keys:
                raise Rejected("issuer_unreachable", "the key set holds no usable key")
            self._keys, self._failure = keys, None
            self.fresh_until = time.monotonic() + (_FRESH if max_age is None else max_age)
        except REQUEST_ERRORS as error:
            code = "issuer_mismatch" if getattr(error, "code", None) == "issuer_mismatch" else "issuer_unreachable"
            self._failure = Rejected(code, f"the keys of {self.issuer}: {error}")
            log.warning("%s", self._failure)
        is_usable = time.monotonic() < self.fresh_until + _MAX_STALE
        self._next_at = time.monotonic() + (_COOLDOWN if is_usable else _COOLDOWN_WITHOUT_KEYS)


def _fetch_keys(issuer):
    """Returns the key set that the issuer's metadata name, and its max-age. They must name exactly this issuer (RFC 8414, section 3.3)."""
    metadata = _fetch_metadata(issuer)
    named, where = metadata.get("issuer"), metadata.get("jwks_uri")
    if named != issuer:
        raise Rejected("issuer_mismatch", f"expected {issuer}, found {str(named)[:80]!r}")
    if not is_text(where) or (issuer.startswith("https:") and not where.startswith("https:")):
        raise Rejected("issuer_unreachable", "the metadata name no key set, or one without https")
    return fetch_json(where)


def _fetch_metadata(issuer):
    url = urlsplit(issuer)
    path = url.path.rstrip("/")
    oauth, openid = "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"
    errors = []
    for place in dict.fromkeys((oauth + path, path + openid, path + oauth)):
        try:
            return fetch_json(f"{url.scheme}://{url.netloc}{place}")[0]
        except REQUEST_ERRORS as error:
            errors.append(error)
    raise errors[0]


def keys_of(document):
    """Returns algorithm and key by `kid` and algorithm. A damaged member costs itself and never the set (RFC 7517, section 5)."""
    members = document.get("keys")
    keys = []
    for jwk in members if isinstance(members, list) else ():
        try:
            keys.append(_Published(jwk))
        except Exception:  # every library has its own exceptions for damaged keys
            log.debug("a member of the key set was skipped", exc_info=True)
    return {(key.kid, key.alg): (_algorithm(key.alg), key.key) for key in keys if key.is_unambiguous(keys)}


def _algorithm(name):
    return jwt.algorithms.get_default_algorithms()[name]


def _usual_name(alg):
    return "EdDSA" if alg == "Ed25519" else alg  # RFC 9864 gave it a second name


class _Published:
    """A usable member of a key set: its id, its one algorithm and the key. Raises anything for a member that cannot be used."""

    def __init__(self, jwk):
        kty, crv, self.kid, self.is_declared = jwk["kty"], jwk.get("crv"), jwk["kid"], "alg" in jwk
        by_type = next(name for name, pair in _ALGORITHMS.items() if pair == (kty, None if kty == "RSA" else crv))
        self.alg = _usual_name(jwk.get("alg", by_type))  # RS256 for an RSA key without alg
        kind, curve = _ALGORITHMS[self.alg]
        if (kty, crv if curve else None) != (kind, curve):
            raise ValueError("its type or curve is not that of its algorithm")
        operations = jwk.get("key_ops", ["verify"])
        may_verify = isinstance(operations, list) and "verify" in operations and jwk.get("use", "sig") == "sig"
        if not may_verify or _PRIVATE_MEMBERS & jwk.keys():
            raise ValueError("it is private, or for another use")
        if not is_text(self.kid):
            raise ValueError("its kid is not text")
        numbers = {name: _canonical(jwk[name], kty, _COORDINATE_BYTES.get(curve, 0)) for name in _NUMBERS[kty]}
        self.members = {"kty": kty, **({"crv": curve} if curve else {}), **numbers}
        self.key = _algorithm(self.alg).from_jwk(json.dumps(self.members))
        if kty == "RSA":
            _check_rsa(self.key)

    def is_unambiguous(self, keys):
        """Returns whether no other key could be meant. Of one key with and without `alg`, the one with it counts."""
        alike = [key for key in keys if self._may_mean(key)]
        is_copy = not self.is_declared and any(key.is_declared for key in alike)
        return not is_copy and all(key.members == self.members for key in alike)

    def _may_mean(self, other):
        are_rsa = self.members["kty"] == other.members["kty"] == "RSA"
        is_open = are_rsa and not (self.is_declared and other.is_declared)
        return self.kid == other.kid and (self.alg == other.alg or is_open)


def _check_rsa(key):
    numbers = key.public_numbers()
    if not 2048 <= key.key_size <= 8192 or numbers.e < 65_537 or numbers.e % 2 == 0 or numbers.n % 2 == 0:
        raise ValueError("it is weak, or so large that verifying would take long")


def _canonical(text, kty, length):
    """Rewrites base64 as base64url, and numbers without leading zeros: many issuers write them so. Tokens are not read so leniently."""
    data = decode(re.sub(r"={1,2}$", "", text.replace("+", "-").replace("/", "_")))
    if kty != "OKP":
        data = data.lstrip(b"\0").rjust(length, b"\0")
    if kty == "EC" and len(data) != length:
        raise ValueError("its coordinate has another length than its curve")
    return encode(data)
