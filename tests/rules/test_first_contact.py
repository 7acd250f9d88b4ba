"""`talos-gpu lint .` in somebody's repository: true findings, and no false one.

`systems/` are the set-ups of people who wrote about them, written anew with the mistakes that they held;
`repositories/` are whole repositories in the shapes in which people keep them. `expected.txt` as in test_fixtures.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from .test_fixtures import findings, given

HERE = Path(__file__).parent
FOLDERS = sorted(path for top in ("systems", "repositories") for path in (HERE / top).iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_what_somebody_sees_at_first_contact(folder: Path) -> None:
    """At exactly these places, and no others."""
    lines = (folder / "expected.txt").read_text().splitlines()
    expected = [line for line in lines if line and not line.startswith("#")]
    assert findings(folder, given(lines[0] if lines else "")) == expected
