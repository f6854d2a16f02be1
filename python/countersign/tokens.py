"""Tokens: verifies what an issuer has signed, in the order of RFC 8725: size and encoding, header, key, signature, claims."""

import base64
import json
import re

from .refusals import Rejected, invalid

LEEWAY = 5  # seconds that two clocks may differ

_MAX_DEPTH = 16  # levels of JSON
_MAX_KID_LENGTH = 256  # characters


def verify_signed(token, typ, max_length, keys):
    """Returns the claims of a token whose form, type, key and signature are right. The claims are not checked yet."""
    if len(token) > max_length:
        raise invalid("it is too long")
    parts = token.split(".")
    if len(parts) != 3:
        raise invalid("it does not have three parts")
    head, payload, signature = map(decode, parts)
    header = parse_object(head)
    alg, kid, found = header.get("alg"), header.get("kid"), header.get("typ")
    if "crit" in header or not all(map(is_text, (alg, kid, found))) or len(kid) > _MAX_KID_LENGTH:
        raise invalid("its header has a crit, or a malformed alg, kid or typ")
    if found.lower() not in (typ, f"application/{typ}"):
        raise invalid(f"its type is not {typ}")
    algorithm, key = keys.find(kid, alg)  # each key has exactly one algorithm: the header does not choose
    if not algorithm.verify(token[: token.rindex(".")].encode("ascii"), key, signature):
        raise invalid("its signature is wrong")
    return parse_object(payload)


def check_form(claims, required):
    """Rejects claims that are missing or have another type than RFC 7519, section 4.1 gives them."""
    for name in required:
        if name not in claims:
            raise invalid(f"its claim {name} is missing")
    aud = claims.get("aud", "any")
    is_audience = is_text(aud) or (isinstance(aud, list) and len(aud) > 0 and all(map(is_text, aud)))
    texts = (claims.get(name, "any") for name in ("iss", "sub", "jti"))
    times = (claims.get(name, 0) for name in ("exp", "nbf", "iat"))
    if not (is_audience and all(map(is_text, texts)) and all(map(is_time, times))):
        raise invalid("one of its claims is malformed")


def check_times(claims, now, max_lifetime):
    """Validates the times of well-formed claims, which have `exp` and `iat`."""
    if now >= claims["exp"] + LEEWAY:
        raise Rejected("token_expired", f"it expired {int(now - claims['exp'])} seconds ago")
    if now < max(claims["iat"], claims.get("nbf", 0)) - LEEWAY:
        raise invalid("it is not valid yet; compare the clocks")
    if claims["exp"] - claims["iat"] > max_lifetime:
        raise invalid("its lifetime is too long")


def decode(text):
    """Decodes canonical base64url (RFC 7515, section 2). Rejects padding, other letters and spare bits."""
    if re.fullmatch(r"[A-Za-z0-9_-]*", text) and len(text) % 4 != 1:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        if encode(data) == text:
            return data
    raise invalid("it is not canonical base64url")


def encode(data):
    """Encodes bytes in base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def parse_object(data, max_members=512):
    """Parses one JSON object strictly: UTF-8, no name twice on any level, bounded depth and size (RFC 7515, section 4)."""
    members = 0

    def unique(pairs):
        nonlocal members
        members += len(pairs)
        found = dict(pairs)
        if members > max_members or len(found) < len(pairs):
            raise ValueError("a name twice, or too many names")
        return found

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise invalid("it holds no strict JSON") from None
    if not isinstance(value, dict) or _is_deeper(value, _MAX_DEPTH):
        raise invalid("it holds no JSON object, or one that is nested too deeply")
    return value


def _refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def _is_deeper(value, levels):
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return children is not None and (levels == 0 or any(_is_deeper(child, levels - 1) for child in children))


def is_text(value):
    return isinstance(value, str) and value != ""


def is_time(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 2**53


def is_count(value):
    return isinstance(value, int) and is_time(value)
