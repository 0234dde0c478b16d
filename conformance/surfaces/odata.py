"""The OData surface opened."""

from collections.abc import Mapping

from conformance.discovery.metadata_seen import describe_metadata
from conformance.discovery.odata import discover_odata
from conformance.drivers.endpoint import Endpoint
from conformance.drivers.odata import ODataDriver
from conformance.surfaces.access import Access, Opened
from conformance.words.json_value import Json


async def open_odata(endpoint: Endpoint, section: Mapping[str, Json], access: Access) -> Opened:
    """Make the driver, read what the service says of itself, and try one batch in each format."""
    driver = ODataDriver(endpoint, **access.options(endpoint, section))
    found = await discover_odata(driver, section=section)
    driver.workshops = found.workshops
    driver.read_before = found.read_url
    driver.describe_metadata = describe_metadata
    # The metadata tells which entities have ETags, not whether a change without one is refused.
    driver.states_conditions = access.claims.get("odata.etag-required") is True
    return Opened(
        surface="odata",
        endpoint=endpoint,
        drivers={driver.name: driver},
        section={**section, **found.bindings},  # the profile's parts are in them
        found=found,
        is_alive=driver.is_alive,
        is_ready=driver.is_ready,
        notes=found.notes,
        left_over=lambda: list(driver.left_over),
    )
