"""What discovery brings: bindings, capabilities, and remarks for the user."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.words.json_value import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What probing one surface of a target brought.

    `bindings` fills gaps of the profile's section and never replaces what stands there. `offers`
    says of a capability that it was seen to be there, or not. `speaks` tells whether the surface
    is what it was taken for, `answers` whether it gave any HTTP response at all; `first_answer` is
    one line on how it answered the first probe.
    """

    speaks: bool
    answers: bool = True
    first_answer: str
    bindings: Mapping[str, Json] = field(default_factory=dict)
    offers: Mapping[str, bool] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
