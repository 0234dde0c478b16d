"""A broken rule of JSON Schema in words: what was expected, what was seen."""

from typing import cast

from jsonschema.exceptions import ValidationError

from conformance.words.json_value import Json, is_array, is_object


def explain(error: ValidationError) -> tuple[str, Json]:
    """Return what a rule wanted, as words, and the value that was there."""
    # jsonschema types these as Any and a marker for "not set yet", which a raised error has passed.
    rule = cast("str | None", error.validator)  # None: the schema is `false`
    wanted, instance = cast("Json", error.validator_value), cast("Json", error.instance)
    schema = cast("Json", error.schema)
    known = schema.get("properties", {}) if is_object(schema) else {}
    names = sorted(known) if is_object(known) else []
    match rule:
        case "const":
            return repr(wanted), instance
        case "enum" if is_array(wanted):
            return "one of " + ", ".join(map(repr, wanted)), instance
        case "type":
            kinds = wanted if is_array(wanted) else [wanted]
            return " or ".join(map(str, kinds)), instance
        case "required" if is_array(wanted) and is_object(instance):
            missing = [repr(name) for name in wanted if name not in instance]
            return "the member " + " and ".join(missing), sorted(instance)
        case "additionalProperties" | "unevaluatedProperties" if is_object(instance):
            unknown = [name for name in instance if name not in names]
            return "only " + (", ".join(names) or "other members"), ", ".join(unknown)
        case "pattern":
            return f"text like {wanted}", instance
        case _:
            return _in_words(rule, wanted), instance


def _in_words(rule: str | None, wanted: Json) -> str:
    words = {
        "minItems": f"at least {wanted} items",
        "maxItems": f"at most {wanted} items",
        "minimum": f"at least {wanted}",
        "maximum": f"at most {wanted}",
        "exclusiveMinimum": f"more than {wanted}",
        "exclusiveMaximum": f"less than {wanted}",
        "minLength": f"at least {wanted} characters",
        "maxLength": f"at most {wanted} characters",
        "contains": f"an item that is {wanted}",
        "not": f"anything but {wanted}",
        "uniqueItems": "no item twice",
        "oneOf": "exactly one of the allowed forms",
        "anyOf": "one of the allowed forms",
    }
    if rule is None or wanted is False:
        return "nothing"
    return words.get(rule, f"{rule} {wanted}")
