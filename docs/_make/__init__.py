"""Makes the pages of the documentation that repeat what the suite already says as data."""
