"""The HTML report of 2,000 checks: against the run's own time, and its filter in a browser."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio

from benchmarks.ratio import Ratio, median
from conformance.reporting.html_report import html_report
from conformance.session import RunOptions, embedded_target, open_session
from conformance.words.catalogue import load_catalogues

CHECKS = 2_000
ROUNDS = 7
SEED = 1
LIMIT = 0.1
FRAME_MS = 1000 / 60
FRAMES = 2
BYTES = 2_000_000
# What people do: a verdict, words that are typed, both, and all of it back.
ASK = """
async () => {
  const form = document.getElementById("filter");
  const [text, fail] = [form.elements.text, form.querySelector("[value=fail], [value=pass]")];
  const took = [];
  const measure = (act) => {
    const begun = performance.now();
    act();
    form.dispatchEvent(new Event("input", { bubbles: true }));
    document.body.offsetHeight; // style and layout too
    took.push(performance.now() - begun);
    return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  };
  for (let round = 0; round < 10; round++) {
    await measure(() => (fail.checked = true));
    await measure(() => (text.value = "id"));
    await measure(() => (text.value = "id batch"));
    await measure(() => (fail.checked = false));
    await measure(() => (text.value = ""));
  }
  return took;
}
"""


async def judge(options: RunOptions) -> tuple[float, dict[str, Any]]:
    """Run the suite; return how long it took, and its report."""
    begun = time.perf_counter()
    session = await open_session(options)
    await session.run(lambda event: None)  # noqa: ARG005 - nothing is shown
    session.report.text()
    return time.perf_counter() - begun, session.report.document()


def of_size(report: dict[str, Any], checks: int) -> dict[str, Any]:
    """Return a report with fewer checks, or more of the same kind, with exchanges of their own."""
    sent = {one["id"]: one for one in report["exchanges"]}
    grown, exchanges = list(report["checks"]), list(report["exchanges"])
    round_ = 1
    while len(grown) < checks:
        round_ += 1
        for row in report["checks"][: checks - len(grown)]:
            more = {**row, "case": f"{row['case']} {round_}"}
            if one := sent.get(row.get("exchange")):
                more["exchange"] = f"{row['scenario']}/{more['case']}#1"
                exchanges.append({**one, "id": more["exchange"]})
            grown.append(more)
    kept = grown[:checks]
    cases = {f"{row['scenario']}/{row['case']}" for row in kept}
    mine = [one for one in exchanges if one["id"].rpartition("#")[0] in cases]
    return {**report, "checks": kept, "exchanges": mine}


def measure() -> Iterator[Ratio]:
    catalogue = load_catalogues()
    judged, report = [], dict[str, Any]()
    for _ in range(3):
        with embedded_target(RunOptions(seed=SEED)) as options:
            took, report = anyio.run(judge, options)
            judged.append(took)
    run_s = median(judged) * CHECKS / len(report["checks"])
    grown = of_size(report, CHECKS)
    page, written = "", []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        page = html_report(grown, catalogue)
        written.append(time.perf_counter() - begun)
    small = html_report(of_size(report, CHECKS // 2), catalogue)
    yield Ratio(
        name=f"the HTML report of {CHECKS:,} checks",
        measured=median(written),
        baseline=run_s,
        baseline_name="a run of as many",
        unit="s",
        limit=LIMIT,
        note=f"{len(grown['exchanges'])} exchanges, {len(page.encode()) / 1e6:.2f} MB",
    )
    yield Ratio(
        name=f"its size at {CHECKS // 2:,} checks",
        measured=len(small.encode()) / 1e6,
        baseline=BYTES / 1e6,
        baseline_name="what it may have",
        unit="MB",
        limit=1.0,
    )
    yield from measure_filter(page)


def measure_filter(page: str) -> Iterator[Ratio]:
    program = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - optional
    except ImportError:
        program = None
    if program is None:
        print("the filter in a browser: left out, needs chromium and playwright")
        return
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "report.html"
        path.write_text(page, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=program)
        opened = browser.new_page(viewport={"width": 1280, "height": 900})
        begun = time.perf_counter()
        opened.goto(path.as_uri())
        opening_s = time.perf_counter() - begun
        took: list[float] = opened.evaluate(ASK)
        browser.close()
    yield Ratio(
        name="the filter, style and layout included",
        measured=median(took),
        baseline=FRAME_MS,
        baseline_name="a frame",
        unit="ms",
        limit=FRAMES,
        note=f"longest {max(took):.1f} ms of {len(took)}; the page opens in {opening_s:.2f} s",
    )
