"""A small server that keeps JSON-RPC 2.0 to the letter: the positive proof of the suite.

Knows the specs and the ObjectQL extensions. Refuses to know `conformance`: the two halves are two
readings of the same texts.
"""

from typing import Final

__version__: Final = "0.1.0"
