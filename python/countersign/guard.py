"""Guards: they check the bearer token of a request, in Flask, Django or any other framework."""

import functools
import logging
import os
import re
import time

from .documents import is_safe_url
from .process import Process
from .refusals import KeyMissing, Refused, Rejected, invalid
from .tokens import check_form, check_times, is_text, verify_signed

log = logging.getLogger("countersign")

_MAX_TOKEN_LENGTH = 8192  # characters
_MAX_LIFETIME = 86_400  # seconds; a token that lives longer is refused
_REQUIRED = ("iss", "sub", "aud", "exp", "iat", "jti")  # claims


class Principal:
    """The caller, as the verified token describes it."""

    def __init__(self, claims):
        roles, scope = claims.get("roles"), claims.get("scope")
        self.claims = claims
        self.subject = claims["sub"]
        self.scopes = frozenset(scope.split(" ") if isinstance(scope, str) else ()) - {""}
        self.roles = frozenset(filter(is_text, roles if isinstance(roles, list) else ()))


class Guard:
    """Checks the bearer tokens of one issuer. Use `FlaskGuard` or `DjangoGuard`; in another framework, call `check`.

    - `issuer`, `audience`: the `iss` and `aud` of the tokens, compared exactly.
    - `revocation`: "feed" (the default), "poll" or "none".
    - `max_stale`: how many seconds an unconfirmed status list is used, from 10 to a week; default: the ttl that the issuer gives it.
      Beyond that, tokens are refused with 503.
    - `relay`: the URL of a relay (`countersign relay`) that serves the status lists and the feed instead of the issuer; keys still come from the
      issuer. Plain http is safe for it, because everything that a relay sends is signed by the issuer. Default: none.
    - `missing_status`: the status for a request without a token: 403 as in the tutorial (the default), or 401 (RFC 6750).
    - `legacy`: `LegacyTokens` of the application from before the move; default: none.
    - `clock`: returns the time in seconds since 1970.
    """

    def __init__(
        self, issuer, audience, *, revocation="feed", max_stale=None, relay=None, missing_status=403, legacy=None, clock=time.time
    ):
        if not is_safe_url(issuer) or re.search(r"[?#]", issuer):
            raise ValueError("issuer must be an https URL, or http on loopback, without user, query and fragment")
        if not is_text(audience):
            raise ValueError("audience must be the aud of the tokens for this API")
        if revocation not in ("feed", "poll", "none"):
            raise ValueError('revocation must be "feed", "poll" or "none"')
        if max_stale is not None and not 10 <= max_stale <= 604_800:
            raise ValueError("max_stale must be a number of seconds from 10 to 604800")
        if relay is not None and (not is_safe_url(relay, may_be_plain=True) or re.search(r"[?#]", relay)):
            raise ValueError("relay must be an http or https URL without user, query and fragment")
        if missing_status not in (401, 403):
            raise ValueError("missing_status must be 401 or 403")
        self.issuer, self.audience, self.revocation = issuer, audience, revocation
        self.max_stale, self.relay, self.missing_status, self.clock, self.legacy = max_stale, relay, missing_status, clock, legacy
        self._processes = {}  # by process id, and only of this process: threads and locks do not survive a fork

    def check(self, authorization, scopes=(), roles=()):
        """Returns the principal of a request with this `Authorization` header, which may be None. Raises `Refused`."""
        try:
            principal = self._authenticate(_bearer_token(authorization))
            if not principal.scopes.issuperset(scopes):
                raise Rejected("scope_missing", "the token lacks a scope of the route")
            if not principal.roles.issuperset(roles):
                raise Rejected("role_missing", "the token lacks a role of the route")
            return principal
        except Rejected as error:
            refused = Refused(error.code, missing_status=self.missing_status, scopes=scopes)
            level = logging.INFO if error.code == "token_missing" else logging.WARNING
            log.log(level, "refused a request: %s: %s (%s)", refused.code, error, refused.id)
            raise refused from None

    def close(self):
        """Stops the threads of this process, that of a feed with its next event. A later request starts them again."""
        process = self._processes.pop(os.getpid(), None)
        if process:
            process.closed.set()

    def _authenticate(self, token):
        if self.legacy and self.legacy.has_issued(token):
            return Principal(self.legacy.verify(token, self.clock()))
        process = self._process()
        try:
            claims = self._verify(token, process.keys)
        except KeyMissing:
            process.keys.refresh()
            claims = self._verify(token, process.keys)
        if self.revocation != "none":
            process.check_status(claims)
        return Principal(claims)

    def _verify(self, token, keys):
        """The checks in the order of RFC 8725: form, key, signature, claims."""
        claims = verify_signed(token, "at+jwt", _MAX_TOKEN_LENGTH, keys)
        check_form(claims, _REQUIRED)
        audiences = [claims["aud"]] if is_text(claims["aud"]) else claims["aud"]
        if claims["iss"] != self.issuer:
            raise invalid(f"it is of another issuer than {self.issuer}")
        if self.audience not in audiences:
            raise invalid(f"it is for another audience than {self.audience}")
        check_times(claims, self.clock(), _MAX_LIFETIME)
        if "cnf" in claims:
            raise invalid("it is bound to a key of its client, and was sent as a plain bearer token")
        return claims

    def _process(self):
        own = os.getpid()
        process = self._processes.get(own)
        if process is None:
            process = self._processes.setdefault(own, Process(self))  # atomic, so all threads get the same one
            for pid in [pid for pid in self._processes if pid != own]:
                self._processes.pop(pid, None)  # another thread may have done it
            process.start()
        return process


def _bearer_token(header):
    """Returns the token of an Authorization header (RFC 6750, section 2.1). A comma means that two headers were sent."""
    text = (header or "").strip()
    if "," in text:
        raise Rejected("authorization_malformed", "more than one header was sent")
    scheme = re.match(r"bearer(?: +|$)", text, re.IGNORECASE | re.ASCII)
    if not scheme:
        raise Rejected("token_missing", "no bearer token was sent")
    token = text[scheme.end() :]
    if token == "" or re.search(r"\s", token):
        raise Rejected("authorization_malformed", "the header holds no token, or more than one")
    return token


def _checked(scopes, roles):
    if isinstance(scopes, str) or isinstance(roles, str):
        raise TypeError("scopes and roles are lists")
    return tuple(scopes), tuple(roles)


class FlaskGuard(Guard):
    """A guard for Flask: `@guard.required` below the route. The view finds the caller in `flask.g.principal`."""

    def required(self, view=None, *, scopes=(), roles=()):
        """Decorates a view: `@guard.required`, or with requirements `@guard.required(roles=["admin"])`."""
        if view is None:
            return functools.partial(self.required, scopes=scopes, roles=roles)
        import flask  # here, so that neither framework is needed for the other

        requirements = _checked(scopes, roles)

        @functools.wraps(view)
        def guarded(*args, **kwargs):
            try:
                flask.g.principal = self.check(flask.request.headers.get("Authorization"), *requirements)
            except Refused as refused:
                return flask.Response(refused.body, refused.status, refused.headers)
            return flask.current_app.ensure_sync(view)(*args, **kwargs)

        return guarded


class DjangoGuard(Guard):
    """A guard for Django: a decorator for views, or a middleware. The view finds the caller in `request.principal`."""

    def required(self, view=None, *, scopes=(), roles=()):
        """Decorates a view: `@guard.required`, or with requirements `@guard.required(roles=["admin"])`."""
        if view is None:
            return functools.partial(self.required, scopes=scopes, roles=roles)
        requirements = _checked(scopes, roles)

        @functools.wraps(view)
        def guarded(request, *args, **kwargs):
            return self._refusal(request, *requirements) or view(request, *args, **kwargs)

        return guarded

    def middleware(self, get_response):
        """Guards every route of a site; an application gives it a name of its own, which `MIDDLEWARE` lists."""
        return lambda request: self._refusal(request) or get_response(request)

    def _refusal(self, request, scopes=(), roles=()):
        from django.http import HttpResponse

        try:
            request.principal = self.check(request.headers.get("Authorization"), scopes, roles)
            return None
        except Refused as refused:
            response = HttpResponse(refused.body, status=refused.status)
            for name, value in refused.headers.items():
                response[name] = value
            return response
