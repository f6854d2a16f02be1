"""Deadlines: a request that ends in time, however slowly the other side sends. The timeout of a socket begins again with each byte."""

import functools
import http.client
import io
import socket
import time
from urllib.request import HTTPHandler, HTTPSHandler


class Deadline:
    """The time by which a request must end. It can be moved while the request runs."""

    def __init__(self, seconds):
        self.restart(seconds)

    def restart(self, seconds):
        """Moves the deadline to that many seconds from now."""
        self._at = time.monotonic() + seconds

    def seconds_left(self):
        """Returns a timeout for the next step. Raises `TimeoutError` once the deadline has passed."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the other side sends too slowly")
        return left


class DeadlineHandler(HTTPHandler, HTTPSHandler):
    """Sends the requests of urllib with one deadline for all steps: connecting, TLS, a proxy's answer, headers and body.

    Only the look-up of the host's name has the time limit of the system's resolver instead: it cannot be interrupted.
    """

    def __init__(self, deadline):
        super().__init__()
        self._deadline = deadline

    def http_open(self, request):
        return self.do_open(functools.partial(self._connection, http.client.HTTPConnection), request)

    def https_open(self, request):
        return self.do_open(functools.partial(self._connection, http.client.HTTPSConnection), request, context=self._context)

    def _connection(self, kind, host, **options):
        connection = kind(host, **options)
        connection.response_class = functools.partial(_Response, self._deadline)
        connection._create_connection = functools.partial(_connect, self._deadline)  # http.client has it as an attribute so that it can be replaced
        return connection


def _connect(deadline, address, *_options):
    """Connects to the first address of a host that answers. Each has its share of the time: one that is silent leaves some for the next."""
    places = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)
    for at, (*_, place) in enumerate(places):
        try:
            connected = socket.create_connection(place[:2], deadline.seconds_left() / (len(places) - at))
            connected.settimeout(deadline.seconds_left())  # for the request, and for TLS, whose handshake has one timeout as a whole
            return connected
        except OSError as error:
            failure = error
    raise failure


class _Response(http.client.HTTPResponse):
    def __init__(self, deadline, sock, *args, **options):
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_DeadlineReader(self.fp.detach(), sock, deadline))


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket, and waits for each part only until the deadline."""

    def __init__(self, raw, sock, deadline):
        super().__init__()
        self._raw, self._sock, self._deadline = raw, sock, deadline

    def readable(self):
        return True

    def readinto(self, buffer):
        self._sock.settimeout(self._deadline.seconds_left())
        return self._raw.readinto(buffer)

    def close(self):
        self._raw.close()
        super().close()
