"""What the service says of itself: annotations of Core and Capabilities.

Knows which terms tell of which feature. Refuses to know CSDL's notations: values are those of CSDL
JSON, with enumeration members marked.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from reference_server.model import KEY, Property
from reference_server.settings import ODataSettings

#: Vocabularies in use: alias, namespace, URL.
VOCABULARIES: Final = (
    (
        "Core",
        "Org.OData.Core.V1",
        "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1",
    ),
    (
        "Capabilities",
        "Org.OData.Capabilities.V1",
        "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Capabilities.V1",
    ),
)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an enumeration type."""

    type_name: str
    name: str


Value: TypeAlias = bool | str | Member | list["Value"] | dict[str, "Value"]
Annotations: TypeAlias = dict[str, Value]

_FORMATS: Final[list[Value]] = ["multipart/mixed", "application/json"]
_FUNCTIONS: Final[list[Value]] = [
    "contains", "endswith", "startswith", "length", "indexof", "substring", "tolower", "toupper",
    "trim", "concat", "year", "month", "day", "hour", "minute", "second", "round", "floor",
    "ceiling",
]  # fmt: skip


def container_annotations(settings: ODataSettings) -> Annotations:
    """Make the annotations of the entity container; what is switched off is not mentioned.

    Spec: ODATA-CAP-01 to ODATA-CAP-11, ODATA-C401-MIN-02, ODATA-11.7.4-05, ODATA-11.7.5-02,
        ODATA-11.7.7.2-03, ODATA-J19.1-18
    """
    told: Annotations = {
        "Core.ODataVersions": "4.0 4.01",
        "Capabilities.ConformanceLevel": Member(
            "Capabilities.ConformanceLevelType", "Intermediate"
        ),
        "Capabilities.SupportedFormats": ["application/json"],
        "Capabilities.AcceptableEncodings": ["gzip"],
        "Capabilities.IsolationSupported": Member("Capabilities.IsolationLevel", "Snapshot"),
        "Capabilities.FilterFunctions": _FUNCTIONS,
        "Capabilities.KeyAsSegmentSupported": False,
        "Capabilities.CrossJoinSupported": False,
    }
    if settings.enable_async:
        told["Capabilities.AsynchronousRequestsSupported"] = True
    if settings.enable_batch:
        told["Capabilities.BatchSupported"] = True
        told["Capabilities.BatchContinueOnErrorSupported"] = True
        told["Capabilities.BatchSupport"] = {
            "Supported": True,
            "ContinueOnErrorSupported": True,
            "ReferencesInRequestBodiesSupported": True,
            "ReferencesAcrossChangeSetsSupported": True,
            "EtagReferencesSupported": settings.enable_etags,
            "RequestDependencyConditionsSupported": True,
            "SupportedFormats": _FORMATS,
        }
    return told


def set_annotations(settings: ODataSettings) -> Annotations:
    """Make the annotations of an entity set.

    Spec: ODATA-CAP-11, ODATA-DISC-06
    """
    told: Annotations = {
        "Capabilities.ReadRestrictions": {"Readable": True},
        "Capabilities.InsertRestrictions": {"Insertable": True},
        "Capabilities.UpdateRestrictions": {"Updatable": True, "Upsertable": True},
        "Capabilities.DeleteRestrictions": {"Deletable": True},
        "Capabilities.SearchRestrictions": {"Searchable": False},
    }
    if settings.enable_etags:
        told["Core.OptimisticConcurrency"] = []
    return told


def property_annotations(each: Property) -> Annotations:
    """Make the annotations of a property.

    Spec: ODATA-DISC-05
    """
    if each.name == KEY:
        return {"Core.ComputedDefaultValue": True, "Core.Immutable": True}
    return {}
