"""Files that tests leave for people."""

from pathlib import Path
from typing import Final

#: The proof's table: which fault turns which requirements red; shown at the end of a test run.
MATRIX_FILE: Final = Path(__file__).parents[1] / "reports/run/proof-matrix.txt"
