"""Documents: requests to the issuer, over https, or http on loopback; without redirects and credentials, limited in time and size."""

import http.client
import re
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from .deadline import Deadline, DeadlineHandler
from .refusals import Rejected
from .tokens import is_text, parse_object

REQUEST_ERRORS = (OSError, ValueError, http.client.HTTPException, Rejected)

_TIMEOUT = 5  # seconds for a document, from the first step to the last byte
_MAX_JSON_BYTES = 512 * 1024
_MAX_JSON_MEMBERS = 8192
_MIN_AGE, _MAX_AGE = 60, 86_400  # seconds; no cache directive causes more requests, or keeps an answer for longer


def is_safe_url(text, may_be_plain=False):
    """Returns whether a URL is https, or http on loopback, and names no user. `may_be_plain`: plain http of other machines is safe, too."""
    if not is_text(text):
        return False
    url = urlsplit(text)
    host = url.hostname or ""
    is_loopback = re.fullmatch(r"(.+\.)?localhost|::1|127(\.\d{1,3}){3}", host)
    is_safe_http = url.scheme == "http" and (may_be_plain or bool(is_loopback))
    return "@" not in url.netloc and host != "" and (url.scheme == "https" or is_safe_http)


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None  # the redirect itself is then the answer, and an error


def open_document(url, types, deadline, may_be_plain=False, **headers):
    """Sends a request and returns the open response, which has one of these content types. `may_be_plain` if a signature protects it.

    The deadline also limits each read of the response.
    """
    if not is_safe_url(url, may_be_plain):
        raise Rejected("issuer_unreachable", "a URL of the issuer must be https, or http on loopback")
    direct = [ProxyHandler({})] if url.startswith("http:") else []  # what is on this machine, or in this network, needs no proxy
    request = Request(url, headers={"Accept": ", ".join(types), "User-Agent": "countersign-python", **headers})
    response = build_opener(_NoRedirects, DeadlineHandler(deadline), *direct).open(request)
    if response.status != 200 or response.headers.get_content_type() not in types:
        response.close()
        raise Rejected("issuer_unreachable", f"status {response.status}, or another content type than {types[-1]}")
    return response


def fetch(url, types, max_bytes, may_be_plain=False):
    """Returns the bytes of a document and its max-age in seconds, or None. An issuer that sends slowly is limited too."""
    body = b""
    with open_document(url, types, Deadline(_TIMEOUT), may_be_plain) as response:
        while chunk := response.read1(65_536):
            body += chunk
            if len(body) > max_bytes:
                raise Rejected("issuer_unreachable", "the answer is too large")
        return body, _max_age(response.headers.get("Cache-Control", ""))


def fetch_json(url):
    """Returns a JSON object and its max-age in seconds, or None."""
    body, max_age = fetch(url, ("application/jwk-set+json", "application/json"), _MAX_JSON_BYTES)
    return parse_object(body, _MAX_JSON_MEMBERS), max_age


def _max_age(directives):
    """RFC 9111, section 5.2.2: `max-age`, unless the answer must not be cached."""
    if re.search(r"\bno-(store|cache)\b", directives, re.IGNORECASE):
        return _MIN_AGE
    found = re.search(r'(?:^|[\s,])max-age="?(\d{1,10})', directives, re.IGNORECASE)
    return min(_MAX_AGE, max(_MIN_AGE, int(found[1]))) if found else None
