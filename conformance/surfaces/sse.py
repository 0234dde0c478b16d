"""The event stream surface opened."""

from collections.abc import Mapping

from conformance.discovery.event_stream import discover_event_stream
from conformance.drivers.endpoint import Endpoint
from conformance.drivers.sse import SseDriver
from conformance.surfaces.access import Access, Opened
from conformance.words.json_value import Json


async def open_sse(endpoint: Endpoint, section: Mapping[str, Json], access: Access) -> Opened:
    """Make the driver and watch the stream for a moment."""
    driver = SseDriver(endpoint, section=section, **access.options(endpoint, section))
    found = await discover_event_stream(driver)
    return Opened(
        surface="sse",
        endpoint=endpoint,
        drivers={driver.name: driver},
        section=section,
        found=found,
        is_alive=driver.is_alive,
    )
