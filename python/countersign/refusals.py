"""Refusals: the answers to requests that are not admitted."""

import http.client
import json
import re
import uuid

# Status, error of the challenge (RFC 6750, section 3.1), message: the same as in `guardFailures` of @countersign/guard, which a test compares.
REFUSALS = {
    "token_missing": (401, None, "Token is missing!"),
    "token_expired": (401, "invalid_token", "Token has expired!"),
    "token_invalid": (401, "invalid_token", "Invalid token!"),
    "token_revoked": (401, "invalid_token", "Invalid token!"),
    "authorization_malformed": (
        400,
        "invalid_request",
        "Malformed Authorization header or cookie: send the token once, as "
        '"Bearer", one space and the token, or in its cookie',
    ),
    "scope_missing": (
        403,
        "insufficient_scope",
        "Insufficient scope: this route requires a scope that the token does not have",
    ),
    "role_missing": (
        403,
        "insufficient_scope",
        "Missing role: this route requires a role that the token does not have",
    ),
    "issuer_unreachable": (503, None, "The keys of the token issuer are unavailable; retry later"),
    "issuer_mismatch": (
        500,
        None,
        "The token issuer has another issuer URL than this service expects; "
        "the operator of this service must change its settings",
    ),
    "revocation_unknown": (503, None, "The revocation status of the token is unavailable; retry later"),
}

_RETRY_AFTER = "5"  # seconds; keys and status lists are requested again within that time


class Rejected(Exception):
    """A token or a document that is not accepted: the code for the caller, and the reason for the operator."""

    def __init__(self, code, reason):
        super().__init__(reason)
        self.code = code


class KeyMissing(Rejected):
    """The key of a token is not in memory; it may be once the keys were requested again."""


def invalid(reason):
    """Returns the rejection of an invalid token; only the log holds the reason."""
    return Rejected("token_invalid", reason)


class Refused(Exception):
    """The answer to a request that is not admitted: `status`, `headers` and `body` (RFC 9457); `code` and `id` are in the body."""

    def __init__(self, code, *, missing_status=401, scopes=()):
        super().__init__(code)
        status, error, message = REFUSALS[code]
        self.code = code
        self.status = missing_status if code == "token_missing" else status
        self.id = f"urn:uuid:{uuid.uuid4()}"
        self.headers = {"Content-Type": "application/problem+json", "Cache-Control": "no-store"}
        if self.status == 503:
            self.headers["Retry-After"] = _RETRY_AFTER
        if self.status < 500:
            # A client that needs a token, another one or a wider one, reads here which scopes the route requires (MCP).
            named = scopes if error == "invalid_token" or code in ("token_missing", "scope_missing") else ()
            self.headers["WWW-Authenticate"] = _challenge(
                error=error, error_description=error and message, scope=" ".join(named)
            )
        problem = {
            "type": "about:blank",
            "title": http.client.responses[self.status],
            "status": self.status,
            "code": code,
            "message": message,
            "instance": self.id,
        }
        self.body = json.dumps(problem, separators=(",", ":"))


def _challenge(**parameters):
    """Returns the challenge of a refusal (RFC 6750, section 3), without the characters that its values must not hold."""
    quoted = [
        '{}="{}"'.format(name, re.sub(r"[^\x20\x21\x23-\x5b\x5d-\x7e]", "", value))
        for name, value in parameters.items()
        if value
    ]
    return f"Bearer {', '.join(quoted)}".rstrip()
