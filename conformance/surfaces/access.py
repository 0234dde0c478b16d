"""How a run gets at its target: header fields, limits, pace and TLS, the same for all surfaces."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any, Protocol

from conformance.discovery.found import Found
from conformance.drivers.connection import TlsOptions, make_tls_context, open_connection
from conformance.drivers.endpoint import Endpoint
from conformance.drivers.pace import SteadyPace
from conformance.drivers.step import Driver
from conformance.drivers.wire import Limits
from conformance.words.json_value import Json, is_object
from conformance.words.profile import headers_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What every request of a run has in common.

    `headers` are those of the command line; each surface's own come from its section. `claims` are
    the capabilities that the profile claims or denies.
    """

    headers: Sequence[tuple[str, str]] = ()
    limits: Limits
    tls: TlsOptions
    pace: SteadyPace | None = None
    allows_writes: bool = False
    claims: Mapping[str, Json] = field(default_factory=dict)

    def context(self, endpoint: Endpoint) -> SSLContext | None:
        """Return the TLS context for an endpoint; None for plain HTTP."""
        return make_tls_context(self.tls) if endpoint.is_tls else None

    def options(self, endpoint: Endpoint, section: Mapping[str, Json]) -> dict[str, Any]:
        """Return the keyword arguments that all drivers share."""
        return {
            "headers": [*headers_of(section), *self.headers],
            "limits": self.limits,
            "tls": self.context(endpoint),
            "pace": self.pace,
        }

    async def reach(self, endpoint: Endpoint) -> None:
        """Make one connection, so that a target that isn't there is said so at once.

        Raises:
            TargetUnreachableError: it could not be made.
        """
        timeout_s = self.limits.timeout_s
        async with await open_connection(endpoint, tls=self.context(endpoint), timeout_s=timeout_s):
            return


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One surface, ready to be judged.

    `drivers` by their names; `section` is the profile's with gaps filled; `is_alive` tells whether
    the surface gives any HTTP response, `is_ready` whether it serves what it served when it was
    opened, None where that is the same; `left_over` tells what a run made and could not delete.
    """

    surface: str
    endpoint: Endpoint
    drivers: Mapping[str, Driver]
    section: Mapping[str, Json]
    found: Found
    is_alive: Callable[[], Awaitable[bool]]
    is_ready: Callable[[], Awaitable[bool]] | None = None
    notes: Sequence[str] = field(default_factory=tuple)
    left_over: Callable[[], Sequence[str]] = tuple

    @property
    def speaks(self) -> bool:
        """Whether the surface is what it was taken for."""
        return self.found.speaks


class Open(Protocol):
    """Opens one surface at an endpoint; needs no more than the profile's section of it."""

    async def __call__(
        self, endpoint: Endpoint, section: Mapping[str, Json], access: Access
    ) -> Opened:
        """Make its driver and ask what it offers; nothing is written to the target."""


def read_access(
    profile: Mapping[str, Json],
    *,
    headers: Sequence[tuple[str, str]],
    timeout_s: float,
) -> Access:
    """Take what concerns all surfaces from a profile."""
    rate = profile.get("rate_per_s")
    claims = profile.get("capabilities")
    assert rate is None or isinstance(rate, int | float)
    return Access(
        headers=headers,
        limits=Limits(timeout_s=timeout_s),
        tls=_tls_options(profile),
        pace=SteadyPace(rate_per_s=rate) if rate else None,
        allows_writes=profile.get("allow_writes") is True,
        claims=claims if is_object(claims) else {},
    )


def _tls_options(profile: Mapping[str, Json]) -> TlsOptions:
    tls = profile.get("tls")
    if not is_object(tls):
        return TlsOptions()
    ca_file = tls.get("ca_file")
    return TlsOptions(
        verify=tls.get("verify") is not False, ca_file=str(ca_file) if ca_file else None
    )
