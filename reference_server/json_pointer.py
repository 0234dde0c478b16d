"""JSON Pointer (RFC 6901): how the server tells a peer where something stands."""


def escaped(segment: str | int) -> str:
    """Write one segment, slash included: `a/b` becomes `/a~1b`."""
    return "/" + str(segment).replace("~", "~0").replace("/", "~1")
