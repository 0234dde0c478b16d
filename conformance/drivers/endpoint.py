"""Where a target listens, taken from its URL."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from conformance.errors import InputError

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_CREDENTIALS: Final = re.compile(r"(?:^|(?<=//))[^/?#]*@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Host, port and path of a URL; `target` is the request-target, query included."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def is_tls(self) -> bool:
        """Whether the connection is made over TLS."""
        return self.scheme == "https"

    @property
    def host_header(self) -> str:
        """The value of the Host field (RFC 9110 section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """`scheme://host[:port]`."""
        return f"{self.scheme}://{self.host_header}"

    @property
    def url(self) -> str:
        """The whole URL, without credentials."""
        return f"{self.origin}{self.target}"


def read_url(url: str, *, where: str) -> Endpoint:
    """Take a URL apart; a name of other letters than ASCII becomes what DNS knows it by.

    Raises:
        InputError: no http or https URL with a host, or credentials in it.
    """
    shown = _CREDENTIALS.sub("…@", url)
    try:
        parts = urlsplit(url)
        port, host = parts.port, _as_ascii(parts.hostname or "")
    except ValueError as error:
        raise InputError(where, "a URL", shown, str(error)) from error
    if parts.scheme not in _DEFAULT_PORTS or not host:
        hint = f"try http://{shown}" if shown[:1].isalnum() and "://" not in shown else ""
        raise InputError(where, "an http:// or https:// URL", shown, hint)
    if parts.username or parts.password:
        hint = "give --header 'Authorization: Basic …', which is masked in reports"
        raise InputError(where, "a URL without credentials", f"{parts.scheme}://…@…", hint)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if any(ord(character) <= ord(" ") or not character.isascii() for character in target):
        raise InputError(where, "a percent-encoded path", target)
    return Endpoint(
        scheme=parts.scheme,
        host=host,
        port=port if port is not None else _DEFAULT_PORTS[parts.scheme],
        target=target,
    )


def _as_ascii(host: str) -> str:
    return host if host.isascii() else host.encode("idna").decode("ascii")
