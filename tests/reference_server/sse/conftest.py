"""What the tests of the streams share."""

import uuid

import pytest


@pytest.fixture
def session() -> str:
    """A session that no other test has."""
    return uuid.uuid4().hex
