"""`python -m conformance` is `wirecheck`."""

from conformance.cli import main

if __name__ == "__main__":
    main()
