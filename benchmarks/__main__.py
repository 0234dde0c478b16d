"""Run benchmarks and print their ratios; the status is 1 when a promise is not kept.

python -m benchmarks [NAME …]
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping

from benchmarks import event_stream, fan_out, fuzz, html_report, jsonrpc_suite, odata_batch, startup
from benchmarks.ratio import Ratio

BENCHMARKS: Mapping[str, Callable[[], Iterator[Ratio]]] = {
    "startup": startup.measure,
    "jsonrpc-suite": jsonrpc_suite.measure,
    "odata-batch": odata_batch.measure,
    "html-report": html_report.measure,
    "event-stream": event_stream.measure,
    "fan-out": fan_out.measure,
    "fuzz": fuzz.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    names = parser.parse_args().names or list(BENCHMARKS)
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"expected some of {', '.join(BENCHMARKS)}, saw {', '.join(unknown)}")
    kept = True
    for name in names:
        for ratio in BENCHMARKS[name]():
            print(ratio, flush=True)
            kept &= ratio.is_kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
