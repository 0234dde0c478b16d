"""A headless Chromium, for what hostile servers leave in a report."""

from tests.browser import chromium

__all__ = ["chromium"]
