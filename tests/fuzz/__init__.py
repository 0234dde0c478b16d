"""Long searches, apart from the tests: `tox -e fuzz`."""
