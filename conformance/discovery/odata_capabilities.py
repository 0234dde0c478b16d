"""What a service declares about itself and its sets, after the Core and Capabilities vocabularies.

Pure: `Metadata` in, declarations out. True and False are said; None is not said, which means
unknown and never unsupported. The default of a record's member and of a tag holds only where the
record or the tag is there (ODATA-CAP-01 to 11).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from conformance.discovery.csdl import CAPABILITIES, CORE, Metadata, Problem
from conformance.words.json_value import ABSENT, Absent, Json, is_array, is_object

MULTIPART: Final = "multipart/mixed"
JSON: Final = "application/json"
ADVANCED: Final = "Advanced"
_GZIP: Final = "gzip"
_SNAPSHOT: Final = "Snapshot"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSupport:
    """The record `Capabilities.BatchSupport`; `formats` are media types, None where not said."""

    supported: bool = True
    formats: tuple[str, ...] | None = None
    continue_on_error: bool = False
    references_in_bodies: bool = False
    references_across: bool = False
    etag_references: bool = False
    conditions: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCapabilities:
    """What is declared about the service as a whole.

    `versions` are those that `Core.ODataVersions` lists. `conflicts` are terms that contradict
    one another (ODATA-CAP-02, ODATA-CAP-05).
    """

    batch: BatchSupport | None = None
    batch_supported: bool | None = None
    batch_continue_on_error: bool | None = None
    asynchronous: bool | None = None
    callbacks: bool | None = None
    snapshot: bool | None = None
    encodings: tuple[str, ...] | None = None
    conformance_level: str | None = None
    versions: tuple[str, ...] | None = None
    filter_functions: tuple[str, ...] | None = None
    conflicts: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCapabilities:
    """What is declared about an entity set. The tuples hold paths of properties."""

    readable: bool | None = None
    readable_by_key: bool | None = None
    insertable: bool | None = None
    updatable: bool | None = None
    upsertable: bool | None = None
    deletable: bool | None = None
    update_methods: tuple[str, ...] | None = None
    non_insertable: tuple[str, ...] = ()
    non_updatable: tuple[str, ...] = ()
    required_on_insert: tuple[str, ...] = ()
    required_on_update: tuple[str, ...] = ()
    filterable: bool | None = None
    requires_filter: bool | None = None
    non_filterable: tuple[str, ...] = ()
    filter_functions: tuple[str, ...] | None = None
    top: bool | None = None
    skip: bool | None = None
    has_etags: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyCapabilities:
    """What is declared about a property: whether a client may or must give it.

    `is_readable` and `is_writable` follow `Core.Permissions`.
    """

    is_computed: bool = False
    is_immutable: bool = False
    has_computed_default: bool = False
    is_readable: bool = True
    is_writable: bool = True


NOTHING_SAID: Final = PropertyCapabilities()


def service_capabilities(metadata: Metadata) -> ServiceCapabilities:
    """Return what the container's annotations declare."""
    if metadata.container is None:
        return ServiceCapabilities()
    terms = _Terms(metadata, metadata.container.name)
    level = terms.value("ConformanceLevel")
    isolation = terms.value("IsolationSupported")
    versions = metadata.annotation(metadata.container.name, f"{CORE}.ODataVersions")
    callbacks = terms.value("CallbackSupported")
    declared = ServiceCapabilities(
        batch=_batch_support(terms.record("BatchSupport")),
        batch_supported=terms.tag("BatchSupported"),
        batch_continue_on_error=terms.tag("BatchContinueOnErrorSupported"),
        asynchronous=terms.tag("AsynchronousRequestsSupported"),
        callbacks=True if is_object(callbacks) else None,
        snapshot=_SNAPSHOT in isolation.split(",") if isinstance(isolation, str) else None,
        encodings=_texts(terms.value("AcceptableEncodings")),
        conformance_level=level if isinstance(level, str) else None,
        versions=tuple(versions.split()) if isinstance(versions, str) else None,
        filter_functions=_texts(terms.value("FilterFunctions")),
    )
    return _with_conflicts(declared, metadata.container.name)


def set_capabilities(metadata: Metadata, set_name: str) -> SetCapabilities:
    """Return what is declared about a set; nothing for a set that is not in the document."""
    entity_set = metadata.sets.get(set_name)
    if entity_set is None or metadata.container is None:
        return SetCapabilities()
    terms = _Terms(metadata, entity_set.target)
    read, insert = terms.record("ReadRestrictions"), terms.record("InsertRestrictions")
    update, delete = terms.record("UpdateRestrictions"), terms.record("DeleteRestrictions")
    filters = terms.record("FilterRestrictions")
    by_key = read.get("ReadByKeyRestrictions") if read else None
    permissions = metadata.annotation(entity_set.target, f"{CORE}.Permissions")
    may_read, may_write = _permitted(permissions)
    methods = update.get("UpdateMethod") if update else None
    container_terms = _Terms(metadata, metadata.container.name)
    functions = _texts(terms.value("FilterFunctions"))
    etags = metadata.annotation(entity_set.target, f"{CORE}.OptimisticConcurrency")
    readable = _member(read, "Readable", default=True)
    return SetCapabilities(
        readable=_denied(may_read, readable),
        readable_by_key=_member(by_key, "Readable", default=True)
        if is_object(by_key)
        else readable,
        insertable=_denied(may_write, _member(insert, "Insertable", default=True)),
        updatable=_denied(may_write, _member(update, "Updatable", default=True)),
        upsertable=_denied(may_write, _member(update, "Upsertable", default=False)),
        deletable=_denied(may_write, _member(delete, "Deletable", default=True)),
        update_methods=tuple(methods.split(",")) if isinstance(methods, str) else None,
        non_insertable=_paths(insert, "NonInsertableProperties"),
        non_updatable=_paths(update, "NonUpdatableProperties"),
        required_on_insert=_paths(insert, "RequiredProperties"),
        required_on_update=_paths(update, "RequiredProperties"),
        filterable=_member(filters, "Filterable", default=True),
        requires_filter=_member(filters, "RequiresFilter", default=False),
        non_filterable=_paths(filters, "NonFilterableProperties"),
        filter_functions=_texts(container_terms.value("FilterFunctions"))
        if functions is None
        else functions,
        top=terms.tag("TopSupported"),
        skip=terms.tag("SkipSupported"),
        has_etags=True if is_array(etags) else None,
    )


def property_capabilities(metadata: Metadata, target: str) -> PropertyCapabilities:
    """Return what is declared about the property that annotations on `target` are about."""
    if target not in metadata.annotations:
        return NOTHING_SAID
    may_read, may_write = _permitted(metadata.annotation(target, f"{CORE}.Permissions"))

    def tag(name: str) -> bool:
        return metadata.annotation(target, f"{CORE}.{name}") is True

    return PropertyCapabilities(
        is_computed=tag("Computed"),
        is_immutable=tag("Immutable"),
        has_computed_default=tag("ComputedDefaultValue"),
        is_readable=may_read is not False,
        is_writable=may_write is not False,
    )


def declared_offers(metadata: Metadata) -> dict[str, bool]:
    """Return which capabilities of the catalogue the metadata declares; what it leaves open lacks.

    A BatchSupport record goes before the older tags, and these before what the conformance level
    implies: a 4.01 service of level Advanced takes batches in both formats (Protocol 12.3).
    """
    declared = service_capabilities(metadata)
    offers = _offers_of_level(declared) | _offers_of_tags(declared)
    offers["odata.batch-support"] = declared.batch is not None
    if declared.batch is not None:
        offers |= _offers_of(declared.batch)
    if offers.get("odata.batch") is False:
        offers["odata.multipart-batch"] = offers["odata.json-batch"] = False
        offers["odata.no-batch"] = True
    for name, value in (
        ("odata.async", declared.asynchronous),
        ("odata.snapshot", declared.snapshot),
        ("odata.gzip", None if declared.encodings is None else _GZIP in declared.encodings),
    ):
        if value is not None:
            offers[name] = value
    return offers


def _offers_of_level(declared: ServiceCapabilities) -> dict[str, bool]:
    offers: dict[str, bool] = {}
    versions = declared.versions or ()
    if declared.versions is not None:
        offers["odata.v401"] = "4.01" in versions
    if declared.conformance_level is None:
        return offers
    offers["odata.advanced"] = declared.conformance_level == ADVANCED
    if offers["odata.advanced"]:
        offers["odata.batch"] = offers["odata.multipart-batch"] = True
        if "4.01" in versions:
            offers["odata.json-batch"] = True
    return offers


def _offers_of_tags(declared: ServiceCapabilities) -> dict[str, bool]:
    offers: dict[str, bool] = {}
    if declared.batch_continue_on_error is not None:
        offers["odata.continue-on-error"] = declared.batch_continue_on_error
        if declared.batch_continue_on_error:
            offers["odata.batch"] = True  # the term implies it (ODATA-CAP-05)
    if declared.batch_supported is not None:
        offers["odata.batch"] = declared.batch_supported
    return offers


def _offers_of(batch: BatchSupport) -> dict[str, bool]:
    offers = {
        "odata.batch": batch.supported,
        "odata.continue-on-error": batch.continue_on_error,
        "odata.references-in-bodies": batch.references_in_bodies,
        "odata.references-across": batch.references_across,
        "odata.etag-references": batch.etag_references,
        "odata.conditions": batch.conditions,
        "odata.no-conditions": not batch.conditions,
    }
    if batch.formats is not None:
        # A list of formats is no ban on others (ODATA-CAP-03): what it lacks stays open.
        listed = {text.partition(";")[0].strip(" \t").lower() for text in batch.formats}
        if MULTIPART in listed:
            offers["odata.multipart-batch"] = True
        if JSON in listed:
            offers["odata.json-batch"] = True
    return offers


def _batch_support(record: Mapping[str, Json] | None) -> BatchSupport | None:
    if record is None:
        return None
    return BatchSupport(
        supported=record.get("Supported", True) is True,
        formats=_texts(record.get("SupportedFormats", ABSENT)),
        continue_on_error=record.get("ContinueOnErrorSupported") is True,
        references_in_bodies=record.get("ReferencesInRequestBodiesSupported") is True,
        references_across=record.get("ReferencesAcrossChangeSetsSupported") is True,
        etag_references=record.get("EtagReferencesSupported") is True,
        conditions=record.get("RequestDependencyConditionsSupported") is True,
    )


def _with_conflicts(declared: ServiceCapabilities, where: str) -> ServiceCapabilities:
    conflicts = []
    batch = declared.batch
    pairs = (
        ("Supported", batch and batch.supported, "BatchSupported", declared.batch_supported),
        (
            "ContinueOnErrorSupported",
            batch and batch.continue_on_error,
            "BatchContinueOnErrorSupported",
            declared.batch_continue_on_error,
        ),
    )
    for member, new, tag, old in pairs:
        if new is not None and old is not None and new != old:
            detail = f"expected BatchSupport/{member} and {tag} to agree, saw {new} and {old}"
            conflicts.append(Problem(code="capability-conflict", where=where, detail=detail))
    if declared.batch_supported is False and declared.batch_continue_on_error:
        detail = (
            "expected BatchContinueOnErrorSupported to go with batches, saw BatchSupported false"
        )
        conflicts.append(Problem(code="capability-conflict", where=where, detail=detail))
    if not conflicts:
        return declared
    return replace(declared, conflicts=tuple(conflicts))


@dataclass(frozen=True, slots=True)
class _Terms:
    """The annotations of one target with terms of the Capabilities vocabulary."""

    metadata: Metadata
    target: str

    def value(self, name: str) -> Json | Absent:
        return self.metadata.annotation(self.target, f"{CAPABILITIES}.{name}")

    def tag(self, name: str) -> bool | None:
        value = self.value(name)
        return value if isinstance(value, bool) else None

    def record(self, name: str) -> Mapping[str, Json] | None:
        value = self.value(name)
        return value if is_object(value) else None


def _member(record: Mapping[str, Json] | None, name: str, *, default: bool) -> bool | None:
    """Return a Boolean of a record; None without the record, and for what has to be evaluated."""
    if record is None:
        return None
    value = record.get(name, default)
    return value if isinstance(value, bool) else None


def _denied(permitted: bool | None, declared: bool | None) -> bool | None:  # noqa: FBT001
    """Return what is declared, unless `Core.Permissions` denies it."""
    return False if permitted is False else declared


def _permitted(permissions: Json | Absent) -> tuple[bool | None, bool | None]:
    """Return whether reading and writing are permitted; None where nothing is said."""
    if not isinstance(permissions, str):
        return None, None
    names = {name.strip(" ") for name in permissions.split(",")}
    return bool(names & {"Read", "ReadWrite"}), bool(names & {"Write", "ReadWrite"})


def _paths(record: Mapping[str, Json] | None, name: str) -> tuple[str, ...]:
    return (_texts(record.get(name, ABSENT)) if record else None) or ()


def _texts(value: Json | Absent) -> tuple[str, ...] | None:
    if not is_array(value):
        return None
    return tuple(one for one in value if isinstance(one, str))
