"""OData batches for any service: reads, broken ones, and, with consent, changes."""

from hypothesis.strategies import SearchStrategy

from conformance.properties.odata_bindings import Service
from conformance.properties.odata_damage import damage_families
from conformance.properties.odata_reads import read_families
from conformance.properties.odata_writes import write_families
from conformance.properties.probe import Probe

__all__ = ["Service", "families"]


def families(service: Service) -> dict[str, SearchStrategy[Probe]]:
    """Return all strategies, by name."""
    return {**read_families(service), **damage_families(service), **write_families(service)}
