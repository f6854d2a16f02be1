"""Guards for Flask and Django that admit only requests with a valid access token of a Countersign server.

A guard verifies tokens in memory and refuses those whose session has ended: it follows the status list of the issuer by its feed
(milliseconds) or by polling. It needs PyJWT and cryptography.
"""

from .guard import DjangoGuard, FlaskGuard, Guard, Principal
from .legacy import LegacyTokens
from .refusals import Refused

__all__ = ["DjangoGuard", "FlaskGuard", "Guard", "LegacyTokens", "Principal", "Refused"]
